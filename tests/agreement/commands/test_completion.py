"""Completion in a real bash: verbs, options, choices, and files where a file is meant."""

from __future__ import annotations

import subprocess

import pytest

from agreement.cli import main


def script(shell: str, capsys) -> str:
    assert main(["completion", shell]) == 0
    return capsys.readouterr().out


@pytest.fixture(scope="module")
def completed(tmp_path_factory):
    """What bash offers for the last of some words, as pressing tab would have it."""
    folder = tmp_path_factory.mktemp("completion")
    (folder / "weights.npz").touch()

    def offers(text: str, *words: str) -> list[str]:
        (folder / "superposition.bash").write_text(text)
        line = " ".join(f"'{word}'" for word in ("superposition", *words))
        code = (
            "source superposition.bash\n"
            f"COMP_WORDS=({line}); COMP_CWORD={len(words)}\n"
            "complete -p superposition | grep -oE '_[a-z_]+' | tail -1 > name\n"
            "$(cat name) superposition\n"
            "printf '%s\\n' \"${COMPREPLY[@]}\"\n"
        )
        done = subprocess.run(
            ["bash", "--norc", "-c", code], cwd=folder, capture_output=True, text=True, check=False
        )
        assert done.stderr == ""
        return done.stdout.split()

    return offers


def test_bash_completes_verbs_options_choices_and_files(completed, capsys):
    text = script("bash", capsys)
    verbs = completed(text, "")
    assert {"describe", "optimum", "phase", "loss", "pack", "recover", "cite"} <= set(verbs)
    assert completed(text, "ph") == ["phase"]
    assert completed(text, "phase", "--den") == ["--density"]
    assert set(completed(text, "completion", "")) == {"bash", "zsh", "tcsh"}
    assert completed(text, "describe", "--layout", "hid") == ["hidden-features"]
    # Files as arguments and after options that take one.
    assert completed(text, "describe", "wei") == ["weights.npz"]
    assert completed(text, "loss", "wei") == ["weights.npz"]
    assert completed(text, "optimum", "2", "1", "--plot", "wei") == ["weights.npz"]
    assert completed(text, "cite", "wei") == []


@pytest.mark.parametrize(
    ("shell", "mark"), [("zsh", "#compdef superposition"), ("tcsh", "complete")]
)
def test_other_shells_get_theirs(shell, mark, capsys):
    text = script(shell, capsys)
    assert mark in text
    assert "describe" in text
    assert "density" in text or shell == "tcsh"  # which learns the verbs' arguments only


def test_a_shell_that_is_not_known_is_refused_with_those_that_are(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["completion", "elvish"])
    error = capsys.readouterr().err
    assert ended.value.code == 2
    assert all(shell in error for shell in ("bash", "zsh", "tcsh", "elvish"))
    assert error.count("\n") == 1


def test_without_shtab_it_says_what_to_install(monkeypatch, capsys):
    monkeypatch.setitem(__import__("sys").modules, "shtab", None)
    assert main(["completion", "bash"]) == 2
    assert "pip install shtab" in capsys.readouterr().err
