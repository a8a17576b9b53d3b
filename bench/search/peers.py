"""What others find: each peer indexes a test collection in memory, or in a folder, and answers its queries.

A peer is a function of documents (id, title, text), queries (id, text) and a number of results; it gives the ids of the documents it
found for each query, best first. The one that is missing here says so by an ImportError. All are set up as their own manuals show
for English: stems, and stop words where they have a list.
"""
import re
import sqlite3
import tempfile


def words(text): return re.findall(r"\w+", text)


def fts5(documents, queries, count, weights=(1.0, 1.0)):
    index = sqlite3.connect(":memory:")
    index.execute("CREATE VIRTUAL TABLE note USING fts5(name UNINDEXED, title, body, tokenize = 'porter unicode61')")
    index.executemany("INSERT INTO note VALUES(?, ?, ?)", documents)
    select = f"SELECT name FROM note WHERE note MATCH ? ORDER BY bm25(note, 0, {weights[0]}, {weights[1]}) LIMIT {count}"
    return {
        name: [row[0] for row in index.execute(select, (" OR ".join(f'"{word}"' for word in words(text)),))]
        for name, text in queries}


def fts5_title(documents, queries, count): return fts5(documents, queries, count, (2.0, 1.0))


def bm25s(documents, queries, count):
    import bm25s, Stemmer
    stemmer = Stemmer.Stemmer("english")

    def cut(texts): return bm25s.tokenize(texts, stopwords="en", stemmer=stemmer, show_progress=False)
    index = bm25s.BM25()
    index.index(cut([f"{title} {title} {text}" for _, title, text in documents]), show_progress=False)
    found, scores = index.retrieve(cut([text for _, text in queries]), k=min(count, len(documents)), show_progress=False)
    return {
        query[0]: [documents[place][0] for place, score in zip(row, values) if score > 0]
        for query, row, values in zip(queries, found, scores)}


def tantivy(documents, queries, count):
    import tantivy
    cut = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
    for step in [tantivy.Filter.lowercase(), tantivy.Filter.stopword("english"), tantivy.Filter.stemmer("english")]:
        cut = cut.filter(step)
    schema = tantivy.SchemaBuilder()
    schema.add_text_field("name", stored=True, tokenizer_name="raw")
    schema.add_text_field("text", tokenizer_name="words")
    index = tantivy.Index(schema.build())
    index.register_tokenizer("words", cut.build())
    writer = index.writer()
    for name, title, text in documents: writer.add_document(tantivy.Document(name=name, text=f"{title}\n{text}"))
    writer.commit()
    index.reload()
    searcher = index.searcher()
    result = {}
    for name, text in queries:
        query = index.parse_query(" ".join(words(text)).lower(), ["text"])
        result[name] = [searcher.doc(place)["name"][0] for _, place in searcher.search(query, count).hits]
    return result


def xapian(documents, queries, count):
    import xapian
    result = {}
    with tempfile.TemporaryDirectory() as folder:
        index = xapian.WritableDatabase(folder, xapian.DB_CREATE_OR_OPEN)
        cut = xapian.TermGenerator()
        cut.set_stemmer(xapian.Stem("en"))
        for name, title, text in documents:
            document = xapian.Document()
            document.set_data(name)
            cut.set_document(document)
            cut.index_text(f"{title}\n{text}")
            index.add_document(document)
        index.commit()
        parser = xapian.QueryParser()
        parser.set_stemmer(xapian.Stem("en"))
        parser.set_stemming_strategy(xapian.QueryParser.STEM_SOME)
        parser.set_database(index)
        for name, text in queries:
            search = xapian.Enquire(index)
            search.set_query(parser.parse_query(" ".join(words(text)).lower()))
            result[name] = [match.document.get_data().decode() for match in search.get_mset(0, count)]
        index.close()
    return result


PEERS = {
    "SQLite FTS5, porter, any word": fts5,
    "SQLite FTS5, title twice": fts5_title,
    "bm25s, Snowball, stop words, title twice": bm25s,
    "tantivy, Snowball, stop words": tantivy,
    "Xapian, Snowball": xapian,
}
