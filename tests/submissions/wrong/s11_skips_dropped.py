"""The scores of the intermediate stages are computed and not used.

loses: 13.11.4/skips
says: by its own skip
"""

import solution


class FCNSkip(solution.FCNSkip):
    def forward(self, x):
        scores = []
        for stage, score in zip(self.stages, self.scores):
            x = stage(x)
            scores.append(score(x))
        y = scores[-1]
        for up in reversed(self.enlarge):
            y = up(y)
        return y
