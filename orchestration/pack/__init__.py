"""Appraisal packs: whole-practice figures of one clinician as a PDF that can be verified without the database."""
