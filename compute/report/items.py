"""Every figure and table of the paper, in its order: one line each.

To add one: ``figures/figNN.py`` or ``tables/tableN.py`` with ``make(study) -> Piece``, and
``maps(study)`` if it draws maps, and its line here, in the order of the paper.
"""

from __future__ import annotations

from compute.report.contract import Item

_FIGURES, _TABLES = "compute.report.figures", "compute.report.tables"


def _figure(name: str, number: str, title: str, *, maps: bool = False) -> Item:
    return _item(f"{_FIGURES}.{name}", f"Fig. {number}", title, maps=maps)


def _table(name: str, number: str, title: str) -> Item:
    return _item(f"{_TABLES}.{name}", f"Table {number}", title, maps=False)


def _item(module: str, number: str, title: str, *, maps: bool) -> Item:
    name = module.rpartition(".")[2]
    return Item(name, number, title, f"{module}:make", f"{module}:maps" if maps else "")


ITEMS: tuple[Item, ...] = (
    _figure("fig01", "1", "Pretraining trajectories of sizes and seeds", maps=True),
    _figure("fig02a", "2a", "Quantized models", maps=True),
    _figure("fig02b", "2b", "Fine-tuned models and their parents", maps=True),
    _figure("fig02c", "2c", "Layers", maps=True),
    _figure("fig03", "3", "How far apart are two models? The scale of KL"),
    _figure("fig04", "4", "KL between consecutive checkpoints"),
    _figure("fig05", "5", "Diffusion in weights and in log-likelihood"),
    _figure("fig06", "6", "Pretraining trajectories in three dimensions", maps=True),
    _figure("fig07", "7", "The period of the spiral", maps=True),
    _figure("fig08", "8", "Principal components of all runs"),
    _figure("fig09", "9", "Principal components against the step"),
    _figure("fig10", "10", "Pretraining trajectories in weight space", maps=True),
    _figure("fig11", "11", "Checkpoints that stand out in weight distance"),
    _figure("fig12", "12", "Texts that stand out: two scores"),
    _figure("fig13", "13", "Consecutive KL without the texts that stand out"),
    _figure("fig14", "14", "Consecutive KL with its standard error"),
    _figure("fig15", "15", "KL between seeds"),
    _figure("fig16", "16", "Layers by mean log-likelihood", maps=True),
    _figure("fig17", "17", "Layers of three types", maps=True),
    _figure("fig18", "18", "Layers in three dimensions", maps=True),
    _table("table1", "1", "Diffusion exponents"),
    _table("table2a", "2a", "Median, mean and SD of the groups"),
    _table("table2b", "2b", "Steps, seeds and sizes of one run"),
    _table("table2c", "2c", "Adjacent layers of three models"),
    _table("shifts", "2a+", "Do quantized models shift the same way?"),
    _table("table3", "3", "KL between sizes at the last checkpoint"),
    _table("table4", "4", "Quality of the fits"),
    _item(f"{_FIGURES}.folding", "Appendix B", "A map that folds a path", maps=False),
    _item(f"{_FIGURES}.appendix_c", "Appendix C", "Agreement of two sets of texts", maps=False),
)
