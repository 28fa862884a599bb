"""What a program that the app starts gets of the environment."""

from __future__ import annotations

from playground.core.child_env import FLEXAI, NEEDED, named, native

ENVIRON = {
    "PATH": "/bin",
    "HTTPS_PROXY": "http://proxy",
    "HF_TOKEN": "a key",
    "OPENAI_API_KEY": "a key",
    "PLAYGROUND_URL": "ours",
    "KUBECONFIG": "/k",
    "LD_LIBRARY_PATH": "/lib",
    "CUDA_VISIBLE_DEVICES": "1",
}


def test_a_program_gets_what_it_needs_and_what_is_named_for_it_and_no_key() -> None:
    assert named(ENVIRON) == {"PATH": "/bin", "HTTPS_PROXY": "http://proxy"}
    assert named(ENVIRON, "KUBECONFIG", "MISSING").keys() == {"PATH", "HTTPS_PROXY", "KUBECONFIG"}
    assert not {"HF_TOKEN", "PLAYGROUND_URL"} & {*NEEDED, *FLEXAI}


def test_the_built_in_server_finds_its_libraries_and_devices_and_gets_no_key() -> None:
    assert native(ENVIRON).keys() == {"PATH", "LD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES"}
