"""Plots of boards and studies, as PNG files in a results folder.

Collecting the data of a plot needs neither matplotlib nor seaborn, which take seconds
to import; only ``Plot.draw`` imports them.
"""

from bench.report.plots.catalogue import across_plots, board_plots
from bench.report.plots.folder import FOLDER, save, update
from bench.report.plots.learning import learning_plot
from bench.report.plots.plot import Plot

__all__ = [
    "FOLDER",
    "Plot",
    "across_plots",
    "board_plots",
    "learning_plot",
    "save",
    "update",
]
