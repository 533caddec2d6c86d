"""Groups of pictures that look alike come in; duplicates go to the trash, and the log says why."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from ingest import dedupe_worker
from ingest.dedupe import Groups
from ingest.dedupe_worker import Answer, Question
from ingest.folder_reading import Pictures
from ingest.folder_run import BATCH, Run
from ingest.journal import Pair, Removed
from ingest.judge import Verdict
from ingest.trash import Trash


class Decisions:
    """Asks workers about pictures whose better candidates are decided, until all are."""

    def __init__(self, run: Run, pictures: Pictures, groups: Groups, trash: Trash):
        self._run, self._pictures, self._groups, self._trash = run, pictures, groups, trash

    def make(self, workers: ProcessPoolExecutor) -> None:
        self._run.state.phase, self._run.state.done = "comparing", 0
        for answers in self._run.each(workers, dedupe_worker.answer, self._questions()):
            with self._run.journal.transaction():
                for answer in answers:
                    self._record(answer)
            for answer in answers:
                self._settle(answer)

    def _questions(self) -> Iterator[list[Question]]:
        """Batches of what is ready; an empty one where the next answer must be waited for."""
        ready = self._groups.ready
        while self._groups.undecided:
            batch: list[Question] = []
            while ready and len(batch) < BATCH:
                question = self._question(ready.popleft())
                if question:
                    batch.append(question)
            yield batch

    def _question(self, number: int) -> Question | None:
        """Whom to compare the picture with; None if that is known, and it is decided at once."""
        run = self._run
        keepers = [k for k in self._groups.keepers(number) if k not in run.unreadable]
        if number in run.unreadable or not keepers:
            self._decide(number, None)
            return None
        known = run.journal.pairs_of(int(self._pictures.ids[number]))
        asked: list[tuple[int, Path]] = []
        for keeper in keepers:
            pair = known.get(int(self._pictures.ids[keeper]))
            if pair is None:
                asked.append((keeper, run.path(keeper)))
            elif pair.score <= 1 and pair.mse < run.options.threshold:
                same = Verdict(True, pair.score, pair.mse, pair.why)
                self._settle(Answer(number, [(keeper, same)]))
                return None
        if not asked:
            self._decide(number, None)
            return None
        return Question(number, run.path(number), asked)

    def _record(self, answer: Answer) -> None:
        ids = self._pictures.ids
        self._run.journal.add_pairs(
            Pair(int(ids[keeper]), int(ids[answer.number]), verdict.score, verdict.mse, verdict.why)
            for keeper, verdict in answer.verdicts
        )

    def _settle(self, answer: Answer) -> None:
        """Act on the answer; ask again where the keeper has vanished meanwhile."""
        number, run = answer.number, self._run
        different = [(k, verdict.why) for k, verdict in answer.verdicts if not verdict.same]
        same = next(((k, verdict) for k, verdict in answer.verdicts if verdict.same), None)
        if answer.unreadable:
            run.cannot_read(*answer.unreadable)
            if answer.unreadable[0] != number:
                self._groups.ready.append(number)
                return
        if same is None or self._remove(number, *same):
            self._decide(number, same and same[0], different)
        elif run.path(number).exists():
            run.cannot_read(same[0], "the file has vanished")
            self._groups.ready.append(number)
        else:
            run.cannot_read(number, "the file has vanished")
            self._decide(number, None)

    def _remove(self, number: int, keeper: int, verdict: Verdict) -> bool:
        """Whether it went: not if one of the two has vanished."""
        run = self._run
        removed = Removed(run.files[number], run.files[keeper], verdict.mse, verdict.why, "planned")
        if not self._trash.take(removed):
            return False
        run.state.removed += 1
        run.state.current = self._trash.where(removed.file)
        run.state.compared = run.path(keeper)
        run.state.mse = verdict.mse
        return True

    def _decide(
        self, number: int, keeper: int | None, different: Sequence[tuple[int, str]] = ()
    ) -> None:
        """`different` are those that it was compared with now, and why they are."""
        self._groups.decide(number, keeper)
        files = self._run.files
        if number not in self._run.unreadable:
            kept = "kept" if keeper is None else f"the same as {files[keeper]}"
            unlike = "".join(f"; not {files[k]}: {why}" for k, why in different)
            self._run.note(f"checked {files[number]}: {kept}{unlike}")
        self._run.step()
