"""Draws one file of a list: a thumbnail, its name, its measures, and coloured words for what matters."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from desktop.files.entries import Chip, chips_of, summary_of
from desktop.files.model import ENTRY, THUMBNAIL_PX, FilesModel
from desktop.icons import icon
from desktop.theme import ACCENT_SOFT, GROUND, LINE, MUTED, PAPER, TEXT, Tone

Index = QModelIndex | QPersistentModelIndex
MARGIN = 6
CHIP_HEIGHT = 17
ROW_PX = THUMBNAIL_PX + 2 * MARGIN
SMALL = 0.86  # of the list's own font

_MIME_ICONS = (("image/vnd.d", "polygon"), ("image/", "picture"), ("application/geopackage", "map"))
GROUNDS = {Tone.ERROR: "#fde8e6", Tone.WARNING: "#fdf1dd", Tone.INFO: "#e5eef8", Tone.GOOD: "#e2f3e6"}


class FileDelegate(QStyledItemDelegate):
    """Rows of equal height, so that thousands are laid out at once."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(200, ROW_PX)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model, link = index.model(), index.data(ENTRY)
        assert isinstance(model, FilesModel)
        known = model.known(link.sha256)
        facts = known.facts if known else None
        painter.save()
        try:
            selected = bool(option.state & QStyle.StateFlag.State_Selected)
            painter.fillRect(option.rect, QColor(ACCENT_SOFT if selected else PAPER))
            painter.setPen(QPen(QColor(LINE)))
            painter.drawLine(option.rect.bottomLeft(), option.rect.bottomRight())
            box = option.rect.adjusted(MARGIN, MARGIN, -MARGIN, -MARGIN)
            picture = QRect(box.left(), box.top(), THUMBNAIL_PX, THUMBNAIL_PX)
            self._paint_picture(painter, picture, link.mime, known.thumbnail if known else None)
            words = box.adjusted(THUMBNAIL_PX + 8, -1, 0, 0)
            self._paint_words(painter, option.font, words, link.name, summary_of(link, facts))
            chips = chips_of(link, facts)
            self._paint_chips(painter, option.font, QRect(words.left(), box.bottom() - 17, words.width(), 17), chips)
        finally:
            painter.restore()

    def _paint_picture(self, painter: QPainter, box: QRect, mime: str, thumbnail: object) -> None:
        if thumbnail is None:
            painter.fillRect(box, QColor(GROUND))
            name = next((name for start, name in _MIME_ICONS if mime.startswith(start)), "document")
            icon(name).paint(painter, box.adjusted(16, 16, -16, -16))
            return
        size = thumbnail.deviceIndependentSize().toSize()
        place = QRect(
            box.left() + (box.width() - size.width()) // 2,
            box.top() + (box.height() - size.height()) // 2,
            size.width(),
            size.height(),
        )
        painter.drawImage(place, thumbnail)
        painter.drawRect(place.adjusted(0, 0, -1, -1))

    def _paint_words(self, painter: QPainter, font: QFont, box: QRect, name: str, summary: str) -> None:
        bold = QFont(font)
        bold.setWeight(QFont.Weight.DemiBold)
        painter.setFont(bold)
        painter.setPen(QColor(TEXT))
        line = QFontMetrics(bold).height()
        shown = QFontMetrics(bold).elidedText(name, Qt.TextElideMode.ElideMiddle, box.width())
        painter.drawText(QRect(box.left(), box.top(), box.width(), line), Qt.AlignmentFlag.AlignVCenter, shown)
        small = _small(font)
        painter.setFont(small)
        painter.setPen(QColor(MUTED))
        shown = QFontMetrics(small).elidedText(summary, Qt.TextElideMode.ElideRight, box.width())
        painter.drawText(QRect(box.left(), box.top() + line, box.width(), line), Qt.AlignmentFlag.AlignVCenter, shown)

    def _paint_chips(self, painter: QPainter, font: QFont, box: QRect, chips: list[Chip]) -> None:
        """Draw as many chips as fit, and how many more there are."""
        small = _small(font)
        metrics = QFontMetrics(small)
        painter.setFont(small)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        at = box.left()
        for place, chip in enumerate(chips):
            left = len(chips) - place - 1
            width = metrics.horizontalAdvance(chip.text) + 12
            room = box.right() - at - (metrics.horizontalAdvance(f"+{left}") + 4 if left else 0)
            if width > room:
                painter.setPen(QColor(MUTED))
                rest = QRect(at, box.top(), box.right() - at, box.height())
                painter.drawText(rest, Qt.AlignmentFlag.AlignVCenter, f"+{left + 1}")
                return
            shape = QRectF(at, box.top(), width, box.height())
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(GROUNDS[chip.tone]))
            painter.drawRoundedRect(shape, CHIP_HEIGHT / 2, CHIP_HEIGHT / 2)
            painter.setPen(QColor(chip.tone.value))
            painter.drawText(shape, Qt.AlignmentFlag.AlignCenter, chip.text)
            at += width + 4


def _small(font: QFont) -> QFont:
    found = QFont(font)
    found.setPointSizeF(max(8.0, font.pointSizeF() * SMALL))
    return found
