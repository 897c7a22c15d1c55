# Prints the longest word of a text.
{
    gsub(/[^A-Za-z]/, " ")
    for (i = 1; i <= NF; i++)
        if (length($i) > length(longest)) longest = $i
}
END { print longest }
