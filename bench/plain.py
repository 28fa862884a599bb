"""Plain Chainlit, as its documentation shows it: one socket message for each token. Started with `chainlit run`."""

# mypy: ignore-errors
# It stands for what one writes by the documentation, and neither library's types let that pass in strict mode.

import chainlit as cl
from openai import AsyncOpenAI

client = AsyncOpenAI()


@cl.on_message
async def answer(_: cl.Message) -> None:
    reply = cl.Message(content="")
    messages = cl.chat_context.to_openai()
    async for chunk in await client.chat.completions.create(model="tiny-chat", messages=messages, stream=True):
        if chunk.choices and (token := chunk.choices[0].delta.content):
            await reply.stream_token(token)
    await reply.update()
