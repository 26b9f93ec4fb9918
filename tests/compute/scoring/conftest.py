"""Random tiny models, saved once."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(scope="session")
def saved(tmp_path_factory):
    """``saved(kind, seed)``: the folder of a random tiny model."""
    import tiny_models

    folder = tmp_path_factory.mktemp("models")

    def get(kind="gpt_neox", seed=0):
        path = folder / f"{kind}-{seed}" / "step0"
        return path if path.exists() else tiny_models.save_model(path, seed, kind)

    return get


@pytest.fixture(scope="session")
def texts():
    import tiny_models

    return tiny_models.texts()


@pytest.fixture
def scorer():
    """``scorer(**settings)``: torch scorers, closed at the end."""
    from compute.scoring import Settings, open_scorer

    made = []

    def make(**settings):
        settings = {"device": "cpu", "n_threads": 2, "batch_tokens": 3000, **settings}
        made.append(open_scorer("torch", Settings(**settings)))
        return made[-1]

    yield make
    for each in made:
        each.close()
