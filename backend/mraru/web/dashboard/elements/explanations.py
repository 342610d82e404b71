"""How the figures of each card are counted, in a paragraph each; docs/reference/figures.md holds the same words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Explanation:
    """One card, by the name that it has on its page."""

    title: str
    text: str


EXPLANATIONS: Mapping[str, Mapping[str, Explanation]] = {  # by page, then by card
    "Words": {
        "words": Explanation(
            "Words",
            "The LLM, or the built-in teacher where no LLM is set, labels a small part of the texts. The student is a "
            "small model on this machine that learns from these labels and from people's, and labels all other texts. "
            "A round asks about some texts, lets the student learn, and writes its labels into Label Studio. The final "
            "label of a text is people's, where they gave one, else the likeliest by all that LLM and student say; how "
            "sure it is, is the probability that it is right. Texts that several tasks have count once, unless tasks "
            "are spoken of. No share is told of fewer than 10 texts.",
        ),
    },
    "Projects": {
        "projects": Explanation(
            "Projects",
            "The first sentence of each project says how many of its final labels are right, or what it takes to know. "
            "Texts are distinct ones. Money is what the answers cost; calls under way count at the most that they can "
            "cost.",
        ),
        "total": Explanation(
            "All projects together",
            "What all projects of this backend have spent together. The limits are those of the server "
            "(MRARU_TOTAL_MAX_CALLS, MRARU_TOTAL_MAX_COST_USD, MRARU_TOTAL_MAX_TOKENS); no project passes them.",
        ),
    },
    "Overview": {
        "headline": Explanation(
            "The first sentences",
            "How many final labels are right comes from the audit alone: texts that were drawn at random and that "
            "people labelled. The range holds the truth 95 times in 100. Open tasks are those that fewer people have "
            "labelled than are to. How long it takes is the labels that are still needed, divided by those that "
            "people gave in the last hour, or in the minutes since the first of them; of fewer than 5 no pace is "
            "told. While too little is audited they say how many audited texts are missing and, without an LLM, how "
            "many labels of the built-in teacher are still to be checked, of 12; once the order of the tab Audit "
            "sample tells it, they name one number of tasks from its top instead.",
        ),
        "label-sources": Explanation(
            "Labels by source",
            "Distinct texts by who names the label that stands for them: people; the LLM, where it named that label; "
            "the student, where the LLM was not asked or said otherwise. None yet: nobody has said anything of the "
            "text.",
        ),
        "money": Explanation(
            "Money and calls",
            "Spent: answers at what they cost, calls under way and failed ones that may have been billed at the most "
            "that they can cost. Left: the project's limit less that. Saved: what it would cost to ask the LLM about "
            "every text at the mean price of a text so far, less what was spent. Answers that another project had paid "
            "for cost nothing.",
        ),
        "teacher-accuracy": Explanation(
            "How good the LLM is",
            "From the audit alone: of the texts that the LLM labelled, some are drawn at random for people to label, "
            "and its answers are compared with theirs. What people looked at, for whatever reason is not counted here: "
            "they come to doubtful texts first.",
        ),
        "learning-curve": Explanation(
            "Learning curve",
            "Same as the LLM: of the LLM's labels, the share that a student gives too that has not learned the label "
            "it is compared with. Estimated for all texts: the same, each label weighed by how unlikely its text was "
            "to be asked about, as the LLM is asked about hard texts more often. Same as people: of the texts that "
            "people labelled, the share on which such a student says the same; these are the doubtful ones first, so "
            "it is lower than on all texts. Points of fewer than 10 texts are left out; of rounds with as many "
            "labels, the last is drawn.",
        ),
        "acceptance": Explanation(
            "How much is asked about",
            "Asked about: of the texts that were looked at in a round, those that the LLM was asked about; a text "
            "counts once, however often it was come back to. Mean uncertainty: how undecided the student is about the "
            "texts when it first looks at them, from 0 to 1; it is the share that the rule of the paper would ask "
            "about.",
        ),
        "calibration": Explanation(
            "How far its sureness is off",
            "The mean distance between how sure the student says it is and how often it is right (the expected "
            "calibration error), on labels that it has not learned: 0 is best. Before: as the student gives it. After: "
            "as it is used.",
        ),
        "members": Explanation(
            "Each LLM",
            "Where several LLMs are asked. With the label: its answers that became the text's label. Right, estimated: "
            "by how it agrees with the others (Dawid and Skene), once three have answered about enough texts; what all "
            "of them get wrong together is missed. Same as people: of the texts that people labelled too, which are "
            "the doubtful ones first.",
        ),
    },
    "Review": {
        "queue": Explanation(
            "Look at these first",
            "Texts with a task that fewer people have labelled than are to, the least sure label first. The student's "
            "label is that of one that has not learned the text. Label Studio serves the least sure first, too, but "
            "tasks that others have begun before all, and those of the audit at turns of their own.",
        ),
    },
    "Agreement": {
        "matrix": Explanation(
            "LLM against student",
            "Texts that the LLM was asked about, by its label (rows) and by that of a student that has not learned it "
            "(columns). A figure leads to its texts.",
        ),
        "texts": Explanation("Texts of a cell", "The texts behind a figure of the matrix, the least sure label first."),
    },
    "People": {
        "together": Explanation(
            "People together",
            "Settled: texts with a label that counts, that of most people or a starred one. Krippendorff's alpha and "
            "Cohen's kappa say how far people agree beyond chance: 1 is full agreement, 0 is chance. Of ratings, both "
            "weigh a disagreement by the square of its stars. They, and the shares beside them, are of the texts that "
            "people happened to look at: the doubtful ones first, so they are lower than on all texts.",
        ),
        "annotators": Explanation(
            "Annotators",
            "Empty: submitted without a label. Prefilled: begun with a label selected beforehand. Time: the median "
            "from opening to submitting a task. Agreement is the share of the texts that both labelled on which they "
            "said the same; beyond chance, it is Cohen's kappa: 1 is full agreement, 0 is what chance gives. What "
            "Label Studio made of predictions by itself does not count.",
        ),
        "disputes": Explanation(
            "Who is right when LLM and student differ",
            "Texts on which the LLM and a student that has not learned them name different labels and people have "
            "decided; by people's label. Counts alone, as people come to the doubtful ones first.",
        ),
        "people-teacher": Explanation(
            "People against the LLM",
            "Texts that people settled and the LLM was asked about, by people's label (rows) and the LLM's (columns).",
        ),
        "people-student": Explanation(
            "People against the student",
            "The same with the label of a student that has not learned the text.",
        ),
        "ties": Explanation(
            "People are evenly split",
            "Texts for which two labels have equally many people. Neither counts until one more person decides, or an "
            "annotation is starred.",
        ),
    },
    "Audit": {
        "sample": Explanation(
            "The audit sample",
            "Texts that are drawn at random, whatever anybody says of them, and served among the others, where nothing "
            "tells them apart. Half are drawn from all texts, half from those that the LLM labelled. Set aside: "
            "skipped by people, or left without a label.",
        ),
        "accuracy": Explanation(
            "How often the labels are right",
            "Estimated from the audit sample; each line says of which texts. The range holds the truth 95 times in "
            "100. A figure takes 10 audited texts. Ratings also have a mean distance from people's, without a range. "
            "Of the LLM's labels the audit may lag behind by some rounds: then the line says up to which round, and of "
            "how many of its labels it speaks. Of texts that it was not asked about, its audited ones tell by how "
            "likely such a text was left out; of those that people labelled before it was asked nobody knows, which "
            "widens the range. Where it labelled every text, there is one line.",
        ),
        "classes": Explanation(
            "Each label",
            "The same by label, of the texts that have it as people say, and how large a part of all texts has it. "
            "Below each figure stands how many audited texts it rests on; it takes 10. How many more would narrow it "
            "is told of no label that fewer have, and never more than are left.",
        ),
        "selected": Explanation(
            "What people looked at, for whatever reason",
            "Texts that people chose, that were served because their label looked wrong, or that were audited. "
            "Together they say nothing of the rest, unless all of them were audited: no share and no range is told.",
        ),
    },
    "Labels": {
        "corrected": Explanation(
            "What people correct",
            "By the LLM's label and people's: how many of the texts that the LLM labelled so and people labelled too "
            "were changed into that. People come to the doubtful ones first, so this is no estimate for all texts. The "
            "typical texts are those nearest to the middle of all that were changed so.",
        ),
        "drafts": Explanation(
            "Sharper definitions",
            "A draft is written by the LLM from what people corrected, and tried on other texts that people labelled. "
            "Both cost money, within the project's limits. The p-value is that of McNemar's exact test: how likely "
            "such a difference is if both definitions are equally good.",
        ),
    },
    "Rounds": {
        "rounds": Explanation(
            "Rounds",
            "One line a round. Asked about: of the texts that were looked at, each of which counts once, however often "
            "it was come back to. Labels: what the student had learned, of which some are people's. Same as the LLM, "
            "and estimated for all texts: as in the learning curve. Same as before: how far this student and the one "
            "before agree beyond chance (Cohen's kappa) on texts kept for that. Sureness off by: the calibration error "
            "before and after. Written: labels written into Label Studio.",
        ),
        "stop-rules": Explanation(
            "Rules that ended the rounds",
            "Rules that the settings switch on, and when each one held. A start overrules those that stand for some "
            "rounds.",
        ),
    },
}
