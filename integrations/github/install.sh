# Puts paddock into the PATH of the steps that follow, unless it is there already.
set -euo pipefail
if command -v paddock >/dev/null; then
  exit 0
fi
if [ -z "$PADDOCK_URL" ] || [ -z "$PADDOCK_SHA256" ]; then
  echo "::error::paddock is not in the PATH. Give its address and checksum with the inputs url and sha256."
  exit 1
fi
folder="${RUNNER_TEMP:-/tmp}/paddock"
mkdir -p "$folder"
curl --fail --silent --show-error --location --retry 3 --output "$folder/paddock" "$PADDOCK_URL"
if ! echo "$PADDOCK_SHA256  $folder/paddock" | sha256sum --check --status; then
  echo "::error::What $PADDOCK_URL gave has another checksum than the input sha256. Nothing of it was run."
  rm "$folder/paddock"
  exit 1
fi
chmod +x "$folder/paddock"
echo "$folder" >>"$GITHUB_PATH"
