"""Where boxes and arrows of a diagram go: a layered drawing, nothing on top of anything else.

Every box gets a rank one below the lowest box it depends on. An arrow that passes ranks has a
waypoint in each, which takes room like a narrow box, so arrows run beside boxes and never across
them. The order within ranks follows the neighbours (the barycentre rule of Sugiyama, Tagawa and
Toda, 1981); places are the least-squares fit to the neighbours' places in that order.
"""

from __future__ import annotations

import math

from kcore.models.plot_diagram import Box, Diagram
from kcore.models.plot_style import text_width

Point = tuple[float, float]

TITLE_SIZE, TEXT_SIZE, LINE = 13.0, 11.0, 15.0
_PADDING = 9.0
_FRAME = 14.0  # between the frame of a nested model and what it holds
_RANK_GAP = 26.0
_BOX_GAP, _LINE_GAP = 26.0, 18.0
_SWEEPS = 6
# how strongly a place follows a neighbour's: the longest chain of boxes stays straight, then other
# chains, then long arrows
_CHAIN, _BRANCH, _ALONG = 1000.0, 100.0, 30.0


def place(diagram: Diagram, rankdir: str = "TB") -> None:
    """Gives every box a place and a size, every arrow a route, the diagram a size.

    Args:
        diagram: is changed.
        rankdir: where arrows go: "TB", "BT", "LR" or "RL".
    """
    for box in diagram.boxes:
        _measure(box, rankdir)
    sideways = rankdir in ("LR", "RL")
    sizes = [(b.height, b.width) if sideways else (b.width, b.height) for b in diagram.boxes]
    drawing = _Drawing(sizes, diagram.arrows)
    across, along = drawing.extent
    backwards = rankdir in ("BT", "RL")

    def turn(point: Point) -> Point:
        a, b = point[0], along - point[1] if backwards else point[1]
        return (b, a) if sideways else (a, b)

    for i, box in enumerate(diagram.boxes):
        x, y = turn((drawing.center[i], drawing.middle(i)))
        box.x, box.y = x - box.width / 2, y - box.height / 2
    diagram.width, diagram.height = turn((across, 0.0 if backwards else along))
    diagram.routes = [[turn(p) for p in drawing.route(n)] for n in range(len(diagram.arrows))]


def _measure(box: Box, rankdir: str) -> None:
    """The size of a box: of its text, or of the diagram that it frames."""
    widths = [text_width(box.title, TITLE_SIZE) * 1.06]  # bold letters are wider
    widths += [text_width(line, TEXT_SIZE) for line in box.lines]
    box.width = max(widths) + 2 * _PADDING
    box.height = (1 + len(box.lines)) * LINE + 2 * _PADDING - 3
    if box.inner is not None:
        place(box.inner, rankdir)
        box.width = max(box.width, box.inner.width + 2 * _FRAME)
        box.height += box.inner.height + _FRAME


def inner_origin(box: Box) -> Point:
    """Where the diagram inside a box begins."""
    assert box.inner is not None
    left = box.x + (box.width - box.inner.width) / 2
    return left, box.y + box.height - _FRAME - box.inner.height


class _Drawing:
    """Ranks, order and places, in a picture whose arrows go down.

    Items are the boxes first, then the waypoints of long arrows.
    """

    def __init__(self, sizes: list[Point], arrows: list[tuple[int, int]]) -> None:
        self.boxes = len(sizes)
        self.sizes = list(sizes)
        self.rank = _ranks(self.boxes, arrows)
        self.paths = [self._path(arrow) for arrow in arrows]
        self.parents: list[list[int]] = [[] for _ in self.sizes]
        self.children: list[list[int]] = [[] for _ in self.sizes]
        for path in self.paths:
            for upper, lower in zip(path, path[1:], strict=False):
                self.children[upper].append(lower)
                self.parents[lower].append(upper)
        self.rows = self._ordered_rows()
        self.behind = self._chains(self.children)
        self.before = self._chains(self.parents)
        self.center = [0.0] * len(self.sizes)
        self._settle_all()
        self._stack()

    def _path(self, arrow: tuple[int, int]) -> list[int]:
        """The items that an arrow runs through."""
        start, end = arrow
        path = [start]
        for rank in range(self.rank[start] + 1, self.rank[end]):
            path.append(len(self.sizes))
            self.sizes.append((0.0, 0.0))
            self.rank.append(rank)
        return [*path, end]

    def _is_line(self, item: int) -> bool:
        return item >= self.boxes

    # Order within ranks

    def _ordered_rows(self) -> list[list[int]]:
        rows: list[list[int]] = [[] for _ in range(1 + max(self.rank, default=-1))]
        for item, rank in enumerate(self.rank):
            rows[rank].append(item)
        best, fewest = [list(row) for row in rows], self._crossings(rows)
        for sweep in range(_SWEEPS):
            downwards = sweep % 2 == 0
            neighbours = self.parents if downwards else self.children
            for rank in range(len(rows)) if downwards else reversed(range(len(rows))):
                before = rank - 1 if downwards else rank + 1
                if 0 <= before < len(rows):
                    rows[rank] = _by_barycentre(rows[rank], rows[before], neighbours)
            crossings = self._crossings(rows)
            if crossings < fewest:
                best, fewest = [list(row) for row in rows], crossings
        return best

    def _crossings(self, rows: list[list[int]]) -> int:
        total = 0
        for upper, lower in zip(rows, rows[1:], strict=False):
            place = {item: i for i, item in enumerate(lower)}
            ends = [sorted(place[child] for child in self.children[item]) for item in upper]
            passed: list[int] = []
            for group in ends:
                total += sum(1 for end in group for other in passed if other > end)
                passed.extend(group)
        return total

    # Places

    def _settle_all(self) -> None:
        for sweep in range(2 * _SWEEPS + 1):
            downwards = sweep % 2 == 0
            neighbours = self.parents if downwards else self.children
            for row in self.rows if downwards else reversed(self.rows):
                self._settle(row, neighbours)
        for path in self.paths:
            self._straighten(path[1:-1])
        left = min((c - self.sizes[i][0] / 2 for i, c in enumerate(self.center)), default=0.0)
        self.center = [c - left for c in self.center]

    def _settle(self, row: list[int], neighbours: list[list[int]]) -> None:
        """Brings the items of a row as near to their neighbours as their widths allow."""
        wanted, weights = [], []
        for item in row:
            pulls = [(self._pull(item, other), self.center[other]) for other in neighbours[item]]
            weight = sum(pull for pull, _ in pulls)
            at = sum(pull * center for pull, center in pulls) / weight if pulls else None
            wanted.append(self.center[item] if at is None else at)
            weights.append(weight if pulls else 0.01)
        offsets = [0.0]
        for one, other in zip(row, row[1:], strict=False):
            offsets.append(offsets[-1] + self._distance(one, other))
        flat = [w - offset for w, offset in zip(wanted, offsets, strict=True)]
        for item, value, offset in zip(row, _increasing(flat, weights), offsets, strict=True):
            self.center[item] = value + offset

    def _distance(self, one: int, other: int) -> float:
        """How far apart the middles of two neighbours in a row must be."""
        gap = _LINE_GAP if self._is_line(one) or self._is_line(other) else _BOX_GAP
        return (self.sizes[one][0] + self.sizes[other][0]) / 2 + gap

    def _pull(self, item: int, other: int) -> float:
        if self._is_line(item) or self._is_line(other):
            return _ALONG if self._is_line(item) and self._is_line(other) else 1.0
        upper, lower = sorted((item, other), key=lambda box: self.rank[box])
        longest = self.behind[lower] == max(self.behind[box] for box in self.children[upper])
        longest &= self.before[upper] == max(self.before[box] for box in self.parents[lower])
        return _CHAIN if longest else _BRANCH

    def _chains(self, neighbours: list[list[int]]) -> list[int]:
        """For each item the number of boxes in the longest chain that leaves it this way."""
        length = [0] * len(self.sizes)
        rows = self.rows if neighbours is self.parents else self.rows[::-1]
        for item in (item for row in rows for item in row if not self._is_line(item)):
            length[item] = 1 + max((length[other] for other in neighbours[item]), default=0)
        return length

    def _straighten(self, line: list[int]) -> None:
        """Makes a long arrow straight if there is a place free in all its rows."""
        low, high = -math.inf, math.inf
        for item in line:
            row = self.rows[self.rank[item]]
            at = row.index(item)
            if at:
                low = max(low, self.center[row[at - 1]] + self._distance(row[at - 1], item))
            if at + 1 < len(row):
                high = min(high, self.center[row[at + 1]] - self._distance(item, row[at + 1]))
        if line and low <= high:
            mean = sum(self.center[item] for item in line) / len(line)
            for item in line:
                self.center[item] = min(max(mean, low), high)

    def _stack(self) -> None:
        """Puts ranks below each other, farther apart where arrows go far to the side."""
        self.top: list[float] = []
        self.tall = [max(self.sizes[item][1] for item in row) for row in self.rows]
        y = 0.0
        for row, height in zip(self.rows, self.tall, strict=True):
            self.top.append(y)
            shifts = [abs(self.center[i] - self.center[c]) for i in row for c in self.children[i]]
            y += height + _RANK_GAP + min(60.0, max(shifts, default=0.0) / 8)

    @property
    def extent(self) -> Point:
        """The size of the picture, across and along the arrows."""
        if not self.rows:
            return 0.0, 0.0
        across = max(c + self.sizes[i][0] / 2 for i, c in enumerate(self.center))
        return across, self.top[-1] + self.tall[-1]

    def middle(self, box: int) -> float:
        """Where the middle of a box lies along the arrows."""
        rank = self.rank[box]
        return self.top[rank] + self.tall[rank] / 2

    def route(self, arrow: int) -> list[Point]:
        """The points of an arrow: the first, then two handles and an end for each curve.

        A curve lies between two ranks; through a rank the arrow goes straight.
        """
        path = self.paths[arrow]
        points = [(self.center[path[0]], self._lower(path[0]))]
        floor = self.top[self.rank[path[0]]] + self.tall[self.rank[path[0]]]
        if floor > points[0][1]:  # beside a higher box: bend only in the gap below the rank
            points += [points[0], (points[0][0], floor), (points[0][0], floor)]
        for item in path[1:]:
            (x0, y0), x1, y1 = points[-1], self.center[item], self._upper(item)
            # a lower box may begin below its rank's top: bend only in the gap above the rank
            bend = self.top[self.rank[item]]
            handle = (y0 + bend) / 2
            points += [(x0, handle), (x1, handle), (x1, bend)]
            end = self._lower(item) if self._is_line(item) else y1
            if end > bend:
                points += [(x1, bend), (x1, end), (x1, end)]
        return points

    def _upper(self, item: int) -> float:
        rank = self.rank[item]
        return self.top[rank] + (self.tall[rank] - self.sizes[item][1]) / 2

    def _lower(self, item: int) -> float:
        rank = self.rank[item]
        if self._is_line(item):
            return self.top[rank] + self.tall[rank]
        return self.top[rank] + (self.tall[rank] + self.sizes[item][1]) / 2


def _ranks(boxes: int, arrows: list[tuple[int, int]]) -> list[int]:
    """One more than the highest rank among those a box depends on; inputs just above their use."""
    rank = [0] * boxes
    parents: list[list[int]] = [[] for _ in range(boxes)]
    children: list[list[int]] = [[] for _ in range(boxes)]
    for start, end in arrows:
        parents[end].append(start)
        children[start].append(end)
    for box in range(boxes):  # boxes come behind those they depend on
        rank[box] = max((rank[parent] + 1 for parent in parents[box]), default=0)
    for box in range(boxes):
        if children[box] and not parents[box]:
            rank[box] = min(rank[child] for child in children[box]) - 1
    if not arrows:  # layers without a graph: one below the other
        rank = list(range(boxes))
    return rank


def _by_barycentre(row: list[int], fixed: list[int], neighbours: list[list[int]]) -> list[int]:
    """The row in the order of the mean places of its neighbours; those without keep their place."""
    place = {item: float(i) for i, item in enumerate(fixed)}
    key: dict[int, float] = {}
    for i, item in enumerate(row):
        places = [place[other] for other in neighbours[item]]
        key[item] = sum(places) / len(places) if places else i * len(fixed) / len(row)
    return sorted(row, key=lambda item: key[item])


def _increasing(values: list[float], weights: list[float]) -> list[float]:
    """The nearest sequence in least squares that never falls (pool adjacent violators)."""
    blocks: list[tuple[float, float, int]] = []  # mean, weight, how many
    for value, weight in zip(values, weights, strict=True):
        mean, total, count = value, weight, 1
        while blocks and blocks[-1][0] > mean:
            other, other_weight, other_count = blocks.pop()
            mean = (mean * total + other * other_weight) / (total + other_weight)
            total, count = total + other_weight, count + other_count
        blocks.append((mean, total, count))
    return [mean for mean, _, count in blocks for _ in range(count)]
