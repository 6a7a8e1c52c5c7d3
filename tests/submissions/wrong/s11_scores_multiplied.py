"""Scores are multiplied instead of added.

loses: 13.11.4/sum
says: stage 1 exchanged
"""

import solution


class FCNSkip(solution.FCNSkip):
    def forward(self, x):
        maps = []
        for stage, score in zip(self.stages, self.scores):
            x = stage(x)
            maps.append(score(x))
        y = maps.pop()
        while maps:
            y = self.enlarge[len(maps)](y) * maps.pop()
        return self.enlarge[0](y)
