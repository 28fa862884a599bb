"""What a program that the app starts gets of the app's environment: by name, so that no key is among it."""

from __future__ import annotations

from collections.abc import Mapping

# What programs need to run: where things are, who they are, their language.
_SYSTEM = (
    *("PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "XDG_RUNTIME_DIR"),
    *("XDG_CONFIG_HOME", "SYSTEMROOT", "USERPROFILE", "APPDATA", "LOCALAPPDATA", "PATHEXT", "TEMP", "TMP", "COMSPEC"),
)
# A program that speaks to the network needs its way there too.
NEEDED = (
    *_SYSTEM,
    *("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY", "https_proxy", "http_proxy", "all_proxy", "no_proxy"),
    *("SSL_CERT_FILE", "SSL_CERT_DIR"),
)
# FlexAI's own program, beside that.
FLEXAI = ("FLEXAI_CONFIG",)
# The built-in server: which libraries and which devices, for Python, the loader and llama.cpp's back ends.
_NATIVE = (
    *("PYTHON", "VIRTUAL_ENV", "CONDA_PREFIX", "LD_", "DYLD_", "OMP_", "KMP_", "GOMP_", "MALLOC_", "GGML_", "CUDA_"),
    *("NVIDIA_", "HIP_", "HSA_", "ROCR_", "ROCM_", "AMD_", "VK_", "MTL_", "METAL_", "SYCL_", "ONEAPI_", "ZE_"),
)


def named(environ: Mapping[str, str], *more: str) -> dict[str, str]:
    """For a program that is asked for by the settings: what it needs, and what `more` names."""
    return {name: environ[name] for name in (*NEEDED, *more) if name in environ}


def native(environ: Mapping[str, str]) -> dict[str, str]:
    """For the built-in server, which has its model on disk and asks nothing of the network."""
    return {name: value for name, value in environ.items() if name in _SYSTEM or name.startswith(_NATIVE)}
