from .content import (
    BASES as BASES,
)
from .content import (
    OUTCOMES as OUTCOMES,
)
from .content import (
    Basis as Basis,
)
from .content import (
    Cell as Cell,
)
from .content import (
    Figure as Figure,
)
from .content import (
    Ground as Ground,
)
from .content import (
    Item as Item,
)
from .content import (
    Outcome as Outcome,
)
from .content import (
    Report as Report,
)
from .content import (
    Section as Section,
)
from .content import (
    Table as Table,
)
from .content import (
    Verdict as Verdict,
)
from .curves import band_chart as band_chart
from .diagram import (
    Arrow as Arrow,
)
from .diagram import (
    Box as Box,
)
from .diagram import (
    Diagram as Diagram,
)
from .diagram import (
    column_of as column_of,
)
from .diagram import (
    drawn as drawn,
)
from .diagram import (
    row_of as row_of,
)
from .doses import dose_chart as dose_chart
from .heat import heat_chart as heat_chart
from .lead import LEAD_HEIGHT as LEAD_HEIGHT
from .lead import Answer as Answer
from .lead import Example as Example
from .lead import Lead as Lead
from .lead import led as led
from .markdown import render_markdown as render_markdown
from .markdown import save_pictures as save_pictures
from .page import render as render
from .page import write_report as write_report
from .pictures import save_chart as save_chart
from .rows import interval_chart as interval_chart
from .rows import strip_chart as strip_chart
from .spec import Chart as Chart
from .theme import CONDITION_COLOURS as CONDITION_COLOURS
from .theme import colour_scale as colour_scale
from .theme import colours_for as colours_for
