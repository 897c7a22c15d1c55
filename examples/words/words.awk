# Prints how often each word stands in a text, the most frequent first.
{
    gsub(/[^A-Za-z]/, " ")
    for (i = 1; i <= NF; i++) count[tolower($i)]++
}
END {
    for (word in count) print count[word], word | "sort -k1,1nr -k2"
}
