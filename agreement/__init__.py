"""Where theory and numeric meet: the only code that imports both."""

from agreement.compare import Comparison as Comparison
from agreement.compare import agreement_row as agreement_row
from agreement.compare import compare as compare
from agreement.describe import describe as describe
from agreement.description import Description as Description
