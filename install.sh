#!/bin/sh
# Create the environment in $1 from requirements.lock, with any Python from 3.11 on, and add the
# extras of setup.cfg that $2 names, if it does (PyTorch's wheels differ by machine, so the lock
# leaves them out); with --find, run a script of the standard library with that Python instead.
set -eu

for python in "${PYTHON3:-python3}" python3.13 python3.12 python3.11 python; do
    if "$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        if [ "$1" = --find ]; then
            shift
            exec "$python" "$@"
        fi
        venv=$1
        extras=${2-}
        echo "Installing into $venv with $("$python" --version)${extras:+ and the extras $extras} ..."
        "$python" -m venv "$venv"
        # uv, where there is one, has a cache that all environments share. pip need not compile
        # bytecode of modules that nobody imports: what is imported, Python compiles then.
        if command -v uv >/dev/null 2>&1; then
            install() { uv pip install --quiet --python "$venv/bin/python" "$@"; }
        else
            install() { "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-compile "$@"; }
        fi
        install --require-hashes -r requirements.lock
        install --no-deps --no-build-isolation -e .
        if [ -n "$extras" ]; then
            install --no-build-isolation -e ".[$extras]"
        fi
        exit 0
    fi
done
echo "Python 3.11 or newer with the venv module is needed and none was found." >&2
echo "Install it (on Debian and Ubuntu: apt install python3-venv), or name it: PYTHON3=/path/to/python3 make" >&2
exit 1
