#!/bin/sh
# Three uses, all with any Python from 3.11 on:
#   install.sh VENV LOCK [EXTRAS]   an environment with what LOCK lists, this package, and the extras
#                                   of setup.cfg that EXTRAS names (PyTorch's wheels differ by
#                                   machine, so no lock has them)
#   install.sh --add VENV LOCK      what LOCK lists, into an environment that is there
#   install.sh --find SCRIPT        run a script of the standard library; nothing is installed
set -eu

# uv, where there is one, has a cache that all environments share. pip need not compile bytecode of
# modules that nobody imports: what is imported, Python compiles then.
install() {
    if command -v uv >/dev/null 2>&1; then
        uv pip install --quiet --python "$venv/bin/python" "$@"
    else
        "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-compile "$@"
    fi
}

if [ "$1" = --add ]; then
    venv=$2
    echo "Adding $3 to $venv ..."
    install --require-hashes -r "$3"
    exit 0
fi
for python in "${PYTHON3:-python3}" python3.13 python3.12 python3.11 python; do
    if "$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        if [ "$1" = --find ]; then
            shift
            exec "$python" "$@"
        fi
        venv=$1
        extras=${3-}
        echo "Installing into $venv with $("$python" --version)${extras:+ and the extras $extras} ..."
        "$python" -m venv "$venv"
        install --require-hashes -r "$2"
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
