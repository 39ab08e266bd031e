# Sourced by bench/run and bench/peers, in the root: builds, and installs the
# peers into $venv when requirements.txt changed (several gigabytes, for torch).
scripts/build release tenon TenonCompiler TenonShared
venv=build/bench/venv
if ! cmp -s bench/requirements.txt "$venv/installed.txt"; then
  echo "installing the peers" >&2
  python3 -m venv --clear "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check -r bench/requirements.txt
  cp bench/requirements.txt "$venv/installed.txt"
fi
