"""One file of a Hugging Face repository at a fixed revision comes in; the file on disk goes out.

What an interrupted download has fetched is kept beside it and gone on from; the setting
`HF_ENDPOINT` names another hub.
"""

from pathlib import Path


class Unreachable(OSError):
    """The hub did not give the file: out of reach, cut off, or it does not have it."""


def download(repository: str, revision: str, name: str, folder: Path) -> Path:
    """Fetch a file into `folder`, with a progress bar. Raises `Unreachable`."""
    from huggingface_hub import constants, get_hf_file_metadata, hf_hub_url
    from huggingface_hub.file_download import http_get

    folder.mkdir(parents=True, exist_ok=True)
    done, part = folder / name, folder / f"{name}.part"
    if done.exists():
        return done
    url = hf_hub_url(repository, name, revision=revision)
    try:
        size = get_hf_file_metadata(url).size
        with part.open("ab") as file:
            if size is not None and file.tell() > size:
                file.truncate(0)
            http_get(
                url,
                file,
                resume_size=file.tell(),
                expected_size=size,
                displayed_filename=name,
                _nb_retries=1,
            )
    except Exception as error:  # the hub's library and its HTTP client share no base class
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise Unreachable(f"{constants.ENDPOINT} did not give {name}: {reason}") from error
    part.rename(done)
    return done
