from .comparison.diagrams import Comparison as Comparison
from .comparison.diagrams import agreement_row as agreement_row
from .comparison.diagrams import compare as compare
from .description.describe import describe as describe
from .description.record import Description as Description
