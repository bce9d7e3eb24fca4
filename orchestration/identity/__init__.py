"""Who is who: pseudonyms that stand for patients and clinicians, made with a key that the database never sees."""
