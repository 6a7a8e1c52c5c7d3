"""The real data sets a course can train on: named in its data.yaml, fetched once, checked, unpacked, kept.

catalogue   data.yaml → what there is, where it lies, its checksum
download    one file over HTTP, resumed where a connection broke
unpack      archives, within limits, nothing outside their folder
store       the folder of what was fetched
"""

from grader.datasets.catalogue import Catalogue, DataSet, load_catalogue
from grader.datasets.store import State, Store

__all__ = ["Catalogue", "DataSet", "State", "Store", "load_catalogue"]
