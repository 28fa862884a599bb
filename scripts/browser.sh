#!/bin/sh
# Prints the path of the browser for the tests: $CHROMIUM, one that is there, or Debian's, installed when root.
find_browser() {
    for name in ${CHROMIUM:+"$CHROMIUM"} chromium chromium-browser google-chrome google-chrome-stable \
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome" \
        "/Applications/Chromium.app/Contents/MacOS/Chromium"; do
        command -v "$name" && return 0
    done
    return 1
}

find_browser && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing Debian's Chromium for the browser tests." >&2
    export DEBIAN_FRONTEND=noninteractive
    {
        apt-get -qq -o Acquire::Retries=3 update
        apt-get -qq -o Acquire::Retries=3 install --yes --no-install-recommends chromium fonts-dejavu-core
    } >&2
    find_browser && exit 0
fi
echo "The browser tests need Chromium or Chrome. Install it, on Debian with: apt install chromium; or set CHROMIUM to its path." >&2
exit 1
