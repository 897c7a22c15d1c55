# Runs the benchmarks. Everything comes by the environment, so that no input is taken for a piece of this script.
set -euo pipefail
options=()
while IFS= read -r line; do
  if [ -n "$line" ]; then options+=("$line"); fi
done <<<"$PADDOCK_ARGS"
if [ "$PADDOCK_COMMENT" = true ]; then
  options+=(--github-actions "$PADDOCK_GITHUB_TOKEN")
fi
unset PADDOCK_ARGS PADDOCK_COMMENT PADDOCK_GITHUB_TOKEN
exec paddock run "${options[@]}"
