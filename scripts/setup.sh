#!/usr/bin/env bash
# Installs what the named groups of scripts/debian-packages.txt need, then a .venv from the hashed lock, this project editable.
# Usage: scripts/setup.sh run [test] [bundle]. Does nothing that is already done.
set -euo pipefail
cd "$(dirname "$0")/.."

wanted=()
for group in "$@"; do
    while read -r kind package _; do
        [ "$kind" = "$group" ] && wanted+=("$package")
    done < scripts/debian-packages.txt
done

missing=()
if command -v dpkg-query > /dev/null; then
    for package in "${wanted[@]}"; do
        status=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2> /dev/null || true)
        [ "$status" = installed ] || missing+=("$package")
    done
fi
if [ ${#missing[@]} -gt 0 ]; then
    as_root=()
    if [ "$(id -u)" != 0 ]; then
        if command -v sudo > /dev/null && sudo -n true 2> /dev/null; then
            as_root=(sudo)
        elif command -v sudo > /dev/null && [ -t 0 ]; then
            as_root=(sudo)
        else
            echo "These Debian packages are missing and need an administrator:" >&2
            echo "  apt-get install ${missing[*]}" >&2
            exit 3
        fi
    fi
    echo "Installing Debian packages: ${missing[*]}" >&2
    "${as_root[@]}" apt-get update -qq
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" > /dev/null
fi

python=""
for candidate in "${PYTHON:-}" python3.11 python3; do
    if [ -n "$candidate" ] && command -v "$candidate" > /dev/null \
        && "$candidate" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2> /dev/null; then
        python=$candidate
        break
    fi
done
if [ -z "$python" ]; then
    echo "Python 3.11 or newer with venv was not found; on Debian: apt-get install python3 python3-venv" >&2
    exit 3
fi

mark=.venv/.installed
sum=$(cat requirements.lock pyproject.toml | sha256sum)
if [ "$(cat $mark 2> /dev/null || true)" != "$sum" ]; then
    echo "Building .venv with $("$python" --version)" >&2
    [ -x .venv/bin/python ] || "$python" -m venv .venv
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
    echo "$sum" > $mark
fi
