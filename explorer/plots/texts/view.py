"""The widget: the pair and its texts at the left, one text at the right."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QApplication, QHBoxLayout, QLayout, QScrollArea, QVBoxLayout, QWidget

from compute.core.tables import Entry, Recipe
from explorer.panels.parts import Segments, dress, frame, label, rule
from explorer.plots.contract import Table
from explorer.plots.texts import ask, spec
from explorer.plots.texts.ask import Detail, Ranked, Why
from explorer.plots.texts.column import Domains, Head, Takes
from explorer.plots.texts.foot import Draft, Foot
from explorer.plots.texts.reader import Reader, Shown
from explorer.plots.texts.rows import Listed, TextList
from explorer.plots.texts.sheet import Content, Sheet
from explorer.plots.widget import Parts, PlotView
from explorer.state.map import RunMark
from explorer.theme import marks as run_marks
from explorer.theme.tokens import Tokens

NARROWEST, WIDEST, PART = 272, 442, 0.315
LIST_LEAST = 3 * 44 + 36
LIST, TEXT, BOTH = "list", "text", 600
"""A view below ``BOTH`` px shows either the list or the text."""
DETAIL_MS = 60
"""A list that is scrolled through by keys does not read a text for each row."""


class TextsView(PlotView):
    """Why two models differ."""

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts)
        self._why: Why | None = None
        self._outlier: Ranked | None = None
        self._detail_of: tuple[Why, int] | None = None
        self._marked: tuple[tuple[Entry, ...], Mapping[str, RunMark]] | None = None
        self._page = LIST
        self._sheet: Sheet | None = None
        self.head, self.domains, self.takes = Head(), Domains(), Takes()
        self.list, self.reader, self.foot = TextList(), Reader(), Foot()
        self.rank = Segments(spec.RANKS, "Rank by")
        self._reason = label("", "caption", wrap=True)
        self._lay_out()
        self._later = QTimer(self, singleShot=True, interval=DETAIL_MS)
        self._later.timeout.connect(self._ask_detail)
        self._connect()

    # -- parts -------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        facts = frame("quiet")
        inside = QVBoxLayout(facts)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(0)
        for part in (self.domains, rule(), self.takes):
            inside.addWidget(part)
        self._facts = QScrollArea()
        self._facts.setWidget(facts)
        self._facts.setWidgetResizable(True)
        self._facts.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._inside = facts
        head = frame("quiet", 40)
        row = QHBoxLayout(head)
        row.setContentsMargins(14, 0, 14, 0)
        row.addWidget(label("Texts", "section"))
        row.addStretch(1)
        row.addWidget(self.rank)
        self.column = frame("panel")
        column = QVBoxLayout(self.column)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for widget in (self.head, rule(), self._facts, rule(), head, self._reason):
            column.addWidget(widget)
        column.addWidget(self.list, 1)
        self._reason.setContentsMargins(14, 0, 14, 8)
        self.side_ = frame("quiet")
        right = QVBoxLayout(self.side_)
        right.setContentsMargins(0, 0, 0, 0)
        right.setSpacing(0)
        right.addWidget(self.reader, 1)
        right.addWidget(self.foot)
        whole = QHBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)
        whole.addWidget(self.column)
        self._edge = frame("rule")
        self._edge.setFixedWidth(1)
        whole.addWidget(self._edge)
        whole.addWidget(self.side_, 1)
        self.pages = Segments({LIST: "Models and texts", TEXT: "Text"}, "Show")
        self.pages.setParent(self)  # until the view bar takes it
        self.pages.chosen.connect(self._turn_to)
        self.list.clicked.connect(lambda _index: self._turn_to(TEXT))
        self.list.activated.connect(lambda _index: self._turn_to(TEXT))

    def minimumSizeHint(self) -> QSize:
        """One side of a split view."""
        return QSize(NARROWEST, 240)

    def _connect(self) -> None:
        self.head.picked.connect(self._pick)
        self.head.pointed.connect(self.point_at)
        self.head.swapped.connect(lambda: self.choose_option(swapped=not self.option["swapped"]))
        self.domains.kept.connect(self._keep_domain)
        self.rank.chosen.connect(lambda rank: self.choose_option(rank=rank))
        self.list.shown.connect(self._look_at)
        self.list.kept.connect(self._keep_text)
        self.reader.stepped.connect(self._step)
        self.reader.copied.connect(self._copy)
        self.reader.command.connect(self.command)
        foot = self.foot
        foot.dropped.connect(self._toggle_text)
        foot.domain_dropped.connect(self._toggle_domain)
        foot.kept_all.connect(lambda: self.choose_option(dropped=(), domains=()))
        foot.previewed.connect(self._preview)
        foot.left.connect(self._leave_preview)
        foot.kept.connect(lambda: self.command.emit("recipe.keep", None))
        for keys, way in (("Alt+Up", -1), ("Alt+Down", 1)):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(partial(self._step, way))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._share_width()
        self._share_height()

    def _share_width(self) -> None:
        """Side by side; where there is no room one of the two, and a switch in the view bar."""
        narrow = self.width() < BOTH
        self.pages.setVisible(narrow)
        self.pages.show_key(self._page)
        self.column.setVisible(not narrow or self._page == LIST)
        self.side_.setVisible(not narrow or self._page == TEXT)
        self._edge.setVisible(not narrow)
        wide = round(min(max(PART * self.width(), NARROWEST), WIDEST))
        self.column.setFixedWidth(self.width() if narrow else wide)

    def _turn_to(self, page: str) -> None:
        self._page = page
        self._share_width()

    def bar(self) -> tuple[QWidget, ...]:
        return (self.pages,)

    def _share_height(self) -> None:
        """The list keeps three rows; what stands above it scrolls where there is no room."""
        wanted = self._inside.sizeHint().height()
        used = self.head.sizeHint().height() + 44
        room = self.height() - used - LIST_LEAST
        self._facts.setFixedHeight(max(0, min(wanted, room)))

    # -- what is shown -----------------------------------------------------------------------------

    def show_answer(self, answer: Why) -> None:
        before, self._why = self._why, answer
        if before is None or (before.a, before.b, before.base) != (
            answer.a, answer.b, answer.base,
        ):  # fmt: skip
            self._outlier = None
        self._detail_of = None
        self.reader.forget_detail()
        self.refresh()

    def refresh(self) -> None:
        why = self._why
        if why is None:
            return
        self._need_scores(why)
        self.rank.show_key(self.option["rank"])
        hidden = self.sight_of(why.entries).hidden
        self.head.entries = tuple(e for e, h in zip(why.entries, hidden, strict=True) if not h)
        self.head.show_pair(why, self._marks_of(why), self.unit)
        gone = spec.gone(self.option, why.texts)
        self.domains.show_domains(why, frozenset(self.option["domains"]))
        ranked = self._ranked(why)
        self.takes.show_ranked(ranked, why.found.kl)
        reason = ranked.reason or why.found.reason
        said = f"{reason[:1].upper()}{reason[1:]}".rstrip(".") + "." if reason else ""
        said = said or ask.steps_words(ranked, self.unit.factor)
        self._reason.setText(said)
        self._reason.setVisible(bool(said))
        rank = self.option["rank"] if ranked is not why.by_share else "share"
        listed = Listed(why, ranked, rank, gone)
        text = self._text_of(why, ranked)
        self.list.show_listed(listed, self._colours(why), text)
        self._show_text(why, text)
        self._show_foot(why, ranked, gone, text)
        dress(self.domains, self.tokens)
        self._share_height()

    def _ranked(self, why: Why) -> Ranked:
        outlier = self.option["rank"] == "outlier" and self._outlier is not None
        return self._outlier if outlier and self._outlier is not None else why.by_share

    def _need_scores(self, why: Why) -> None:
        if self.option["rank"] == "outlier" and self._outlier is None:
            work = partial(ask.by_outlier_score, found=why.found)
            self.parts.ask("scores", work, partial(self._take_scores, why))

    def _take_scores(self, why: Why, ranked: Ranked) -> None:
        if why is self._why:
            self._outlier = ranked
            self.refresh()

    def _text_of(self, why: Why, ranked: Ranked) -> int:
        """The chosen text; else the first of the list."""
        known = {name: k for k, name in enumerate(why.texts.ids)} if self.option["text"] else {}
        found = known.get(self.option["text"], -1)
        return found if found >= 0 else int(why.found.texts[ranked.order[0]])

    def _show_text(self, why: Why, text: int) -> None:
        rank = self.list.rows.row_of(text) + 1
        names = spec.short(why.a, why.b), spec.short(why.b, why.a)
        n = self.list.rows.rowCount()
        self.reader.show_text(Shown(why, text, rank, n, names, self._marks_of(why)))
        if self._detail_of != (why, text):
            self._later.start()

    def _ask_detail(self) -> None:
        why = self._why
        if why is None:
            return
        text = self.reader.index
        if self._detail_of == (why, text):
            return
        self._detail_of = (why, text)
        work = partial(ask.detail, a=why.a.id, b=why.b.id, index=text)
        self.parts.ask("detail", work, self._take_detail)

    def _take_detail(self, detail: Detail) -> None:
        why = self._why
        if why is not None and (detail.pair, detail.index) == (
            (why.a.id, why.b.id), self.reader.index,
        ):  # fmt: skip
            self.reader.show_detail(detail)

    def _show_foot(self, why: Why, ranked: Ranked, gone: frozenset[int], text: int) -> None:
        n = len(ranked.order)
        tops = tuple(
            (k, k / n, float(ranked.fading[k])) for k in spec.TOPS if k < len(ranked.fading)
        )
        kl, se, n_gone = ask.left(why, gone)
        domain = why.texts.domains[text]
        named = domain if len(why.found.domains) > 1 else ""
        held = self._held()
        shown = held is not None and held.dropped_texts == self._dropped_ids(why, gone)
        self.foot.show_draft(
            Draft(text not in gone, named, domain not in self.option["domains"], tops, (kl, se),
                  n_gone, shown and bool(gone), why.previews, why.base),
            self.unit,
        )  # fmt: skip

    def _dropped_ids(self, why: Why, gone: frozenset[int]) -> tuple[str, ...]:
        """The texts that a preview of the draft would drop: those of its base, and the draft's."""
        return tuple(
            name for k, name in enumerate(why.texts.ids) if k in gone or name in why.base_dropped
        )

    def _held(self) -> Recipe | None:
        shell = self.parts.shell
        return next((r for r in shell.held if r.name == shell.recipe), None)

    def _marks_of(self, why: Why) -> tuple[RunMark | None, RunMark | None]:
        entries = self.parts.library.entries
        if self._marked is None or self._marked[0] is not entries:
            self._marked = entries, self.marks
        a, b = (self._marked[1].get(e.run or e.label) for e in (why.a, why.b))
        return a, b

    def _colours(self, why: Why) -> tuple[str, str]:
        a, b = (
            run_marks.colour_of(m.colour if m else -1, self.tokens) for m in self._marks_of(why)
        )
        return a, b

    def set_tokens(self, tokens: Tokens) -> None:
        super().set_tokens(tokens)
        if self._why is not None:
            self.refresh()

    def show_pointed(self) -> None:
        self.head.show_pointed(self.parts.selection.hovered)

    # -- gestures ----------------------------------------------------------------------------------

    def _pick(self, at: int, name: str) -> None:
        """Another entry in the place of one of the pair: the two are selected in every view."""
        why = self._why
        if why is None:
            return
        other = (why.b, why.a)[at].id
        if name == other:
            self.choose_option(swapped=not self.option["swapped"])
            return
        pair = (name, other) if at == 0 else (other, name)
        shown = pair[1] if self.option["swapped"] else pair[0]
        self.select((shown,))
        self.select(tuple(i for i in pair if i != shown), "add")

    def _look_at(self, text: int) -> None:
        if self._why is not None:
            self.choose_option(text=self._why.texts.ids[text])

    def _step(self, way: int) -> None:
        row = self.list.currentIndex().row() + way
        if 0 <= row < self.list.rows.rowCount():
            self.list.setCurrentIndex(self.list.rows.index(row))

    def _keep_text(self, text: int, kept: bool) -> None:
        if self._why is not None:
            self.choose_option(**spec.with_text(self.option, self._why.texts, text, kept=kept))

    def _keep_domain(self, domain: str, kept: bool) -> None:
        if self._why is not None:
            self.choose_option(**spec.with_domain(self.option, self._why.texts, domain, kept=kept))

    def _toggle_text(self) -> None:
        if self._why is not None:
            gone = spec.gone(self.option, self._why.texts)
            self._keep_text(self.reader.index, self.reader.index in gone)

    def _toggle_domain(self) -> None:
        if self._why is not None:
            domain = self._why.texts.domains[self.reader.index]
            self._keep_domain(domain, domain in self.option["domains"])

    def _copy(self) -> None:
        if self._why is not None:
            QApplication.clipboard().setText(self._why.texts.texts[self.reader.index])

    def _preview(self) -> None:
        why = self._why
        if why is None:
            return
        gone = spec.gone(self.option, why.texts)
        if not gone:
            order = self._ranked(why).order[: spec.TOPS[0]]
            top = tuple(why.texts.ids[k] for k in why.found.texts[order].tolist())
            self.choose_option(dropped=top)
            gone = spec.gone(self.option, why.texts)
        shell = self.parts.shell
        name = spec.preview_name(why.base, len(gone), shell.recipes)
        work = partial(ask.preview, base=why.base, dropped=gone, name=name)
        self.parts.ask("preview", work, self._take_preview, self._refuse)

    def _take_preview(self, recipe: Recipe) -> None:
        """One that was tried before is used again."""
        same = next((r for r in self.parts.shell.held if _same(r, recipe)), recipe)
        self.command.emit("recipe.preview", same)

    def _refuse(self, sentence: str) -> None:
        self._reason.setText(sentence)
        self._reason.setVisible(True)

    def _leave_preview(self) -> None:
        if self._why is not None:
            self.command.emit("recipe.use", self._why.base)

    # -- what the host asks ------------------------------------------------------------------------

    def table(self) -> Table:
        assert self._why is not None
        ranked = self._ranked(self._why)
        return ask.texts_table(self._why, ranked, self.option["rank"])

    @property
    def entries(self) -> tuple[Entry, Entry]:
        """The pair as it is shown."""
        assert self._why is not None
        return self._why.a, self._why.b

    def picture(self) -> QWidget:
        why = self._why
        assert why is not None
        if self._sheet is None:
            self._sheet = Sheet(self)
        ranked = self._ranked(why)
        listed = self.list.rows.listed
        assert listed is not None
        dress(self._sheet, self.tokens)
        self._sheet.compose(
            Content(
                self.reader.shown, listed, self.reader.detail, frozenset(self.option["domains"]),
                self._colours(why), self.unit, spec.RANKS[listed.rank],
                ask.steps_words(ranked, self.unit.factor),
            ),
            self.width(),
        )  # fmt: skip
        return self._sheet

    def close(self) -> bool:
        self._later.stop()
        return super().close()


def _same(a: Recipe, b: Recipe) -> bool:
    return (a.base, a.dropped_texts) == (b.base, b.dropped_texts)
