#!/bin/sh
# Prints a Python that this project runs on, 3.11 to 3.13 with its venv module; otherwise says what to install.
found=
for python in ${PYTHON:-python3 python3.13 python3.12 python3.11}; do
    # A name alone proves nothing: version switchers leave names behind that run nothing.
    "$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null || continue
    found=${found:-$python}
    if "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        echo "$python"
        exit 0
    fi
done
if [ -n "$found" ]; then
    version=$("$found" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    echo "$found has no venv module. Install it, on Debian and Ubuntu with: apt install python$version-venv" >&2
else
    echo "This needs Python 3.11, 3.12 or 3.13. Install one, on Debian and Ubuntu with: apt install python3 python3-venv" >&2
fi
exit 1
