"""Where theory and numeric meet: the only code that imports both."""

from agreement.comparison.diagrams import Comparison as Comparison
from agreement.comparison.diagrams import agreement_row as agreement_row
from agreement.comparison.diagrams import compare as compare
from agreement.description.describe import describe as describe
from agreement.description.record import Description as Description
