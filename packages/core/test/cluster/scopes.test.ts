import { describe, expect, it } from 'vitest'
import { Nodes } from './nodes.js'

/** Names that look like each other, or like all of them, to one engine or another. */
const NAMES = [
  'a',
  'a.b',
  'a*',
  '*',
  '>',
  '#',
  'a>',
  '~',
  '~2a',
  'A',
  'а',
  'a ',
  'a:b',
  '\0',
  'x'.repeat(512),
]

describe('a message between nodes', () => {
  it('reaches the topic and the scope that it is for, whatever tricks are in their names', async () => {
    const nodes = new Nodes({ scope: ({ request }) => decodeURIComponent(request.path.slice(1)) })
    const [one, two] = [await nodes.start('one'), await nodes.start('two')]
    const places = NAMES.flatMap((scope) => NAMES.map((topic) => ({ scope, topic })))
    const heard = new Map<string, string[]>()
    for (const { scope, topic } of places) {
      const { conn, transport } = await two.bench.connect({ url: `/${encodeURIComponent(scope)}` })
      conn.join(topic)
      transport.answer = (data) => {
        const got = heard.get(JSON.stringify([scope, topic])) ?? []
        heard.set(JSON.stringify([scope, topic]), [...got, Buffer.from(data as Uint8Array).toString()])
        return 'sent'
      }
    }
    await nodes.pass()
    for (const place of places) one.bench.app.scope(place.scope).to(place.topic).send(JSON.stringify(place))
    await nodes.pass()
    for (const place of places) {
      expect(heard.get(JSON.stringify([place.scope, place.topic]))).toEqual([JSON.stringify(place)])
    }
  })

  it.each(['', 'x'.repeat(513), '\ud800'])('cannot be for a topic called %j', async (topic) => {
    const nodes = new Nodes()
    const { bench } = await nodes.start('one')
    for (const name of [() => bench.app.to(topic), () => bench.app.presence(topic)]) {
      expect(name).toThrow(expect.objectContaining({ code: 'LINKSPAN_TOPIC' }))
    }
  })

  it.each(['x'.repeat(513), '\udc00'])('cannot be for a scope called %j', async (scope) => {
    const nodes = new Nodes({ scope: () => 'acme' })
    const { bench } = await nodes.start('one')
    for (const name of [() => bench.app.scope(scope).to('a'), () => bench.app.scope(scope).presence('a')]) {
      expect(name).toThrow(expect.objectContaining({ code: 'LINKSPAN_SCOPE' }))
    }
    expect(() => bench.app.presence('a')).toThrow(expect.objectContaining({ code: 'LINKSPAN_SCOPE' }))
  })

  it('has the scope that its gap is told with', async () => {
    const nodes = new Nodes({ scope: () => 'acme' })
    const [one, two] = [await nodes.start('one'), await nodes.start('two')]
    await nodes.visitor(two)
    for (const verdict of ['take', 'lose', 'take'] as const) {
      nodes.broker.link(0).script = () => verdict
      one.bench.app.scope('acme').to('lobby').send('hello')
      await nodes.pass()
    }
    expect(two.told.gap).toEqual([{ topic: 'lobby', scope: 'acme', node: 'one', missed: 1 }])
  })
})
