#!/usr/bin/env python3
"""The same job as people write it in Python: records on stdin, a line with each answer on stdout.

  bench/complete/python_clients.py aiohttp|aiohttp-gather|openai --base-url URL [-j N] < records

`aiohttp` is aiohttp with orjson and uvloop, `openai` the official client; both with so many tasks that take records in turn.
`aiohttp-gather` is what most scripts do: read everything, make a task for each record, let a semaphore hold them back, write at
the end.
"""
import argparse, asyncio, json, sys

import gen


async def share(records, width, ask):
    """So many tasks, each with one request on its way."""
    async def work():
        for record in records:
            sys.stdout.write(await ask(gen.body(record, "mock")) + "\n")
    await asyncio.gather(*(work() for _ in range(width)))


async def with_aiohttp(records, options, run):
    import aiohttp, orjson
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=options.j)) as session:
        async def ask(body):
            headers = {"Content-Type": "application/json"}
            async with session.post(options.base_url + "/chat/completions", data=orjson.dumps(body), headers=headers) as response:
                answer = orjson.loads(await response.read())
                return orjson.dumps(answer["choices"][0]["message"]["content"]).decode()
        await run(records, options.j, ask)


async def gathered(records, width, ask):
    """A task for each record, so many of them on their way."""
    semaphore = asyncio.Semaphore(width)
    async def work(record):
        async with semaphore:
            return await ask(gen.body(record, "mock"))
    sys.stdout.write("\n".join(await asyncio.gather(*map(work, list(records)))) + "\n")


async def with_openai(records, options):
    import openai
    async with openai.AsyncOpenAI(base_url=options.base_url, api_key="none", max_retries=0) as client:
        async def ask(body):
            answer = await client.chat.completions.create(**body)
            return json.dumps(answer.choices[0].message.content)
        await share(records, options.j, ask)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("client", choices=["aiohttp", "aiohttp-gather", "openai"])
    parser.add_argument("--base-url", required=True)
    parser.add_argument("-j", type=int, default=64)
    options = parser.parse_args()
    records = (json.loads(line) for line in sys.stdin)
    if options.client == "openai":
        asyncio.run(with_openai(records, options))
    else:
        import uvloop
        uvloop.run(with_aiohttp(records, options, share if options.client == "aiohttp" else gathered))


if __name__ == "__main__":
    main()
