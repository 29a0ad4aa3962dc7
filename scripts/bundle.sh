#!/usr/bin/env bash
# Builds dist/diaba and tries it from a path with blanks and diacritics, with no Python on the PATH.
set -euo pipefail
cd "$(dirname "$0")/.."
.venv/bin/python -m PyInstaller --noconfirm --log-level WARN build.spec

place="$(mktemp -d)/Người dùng/Xã Đông Hòa"
trap 'rm -rf "$(dirname "$(dirname "$place")")"' EXIT
mkdir -p "$place"
cp -r dist/diaba "$place/"
bare() { env -i HOME="$place" PATH=/nonexistent LANG=C.UTF-8 QT_QPA_PLATFORM=offscreen DIABA_CONFIG="$place/cấu hình" "$place/diaba/diaba" "$@"; }
echo "== self-test"
bare self-test
echo "== demo"
(cd "$place" && bare demo "$place/chạy thử" --headless)
du -sh dist/diaba | sed 's/^/bundle size: /'
