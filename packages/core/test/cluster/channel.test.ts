import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { channelName, shortChannel, urgencyOf } from '../../src/cluster/channel.js'
import { anyText } from '../arbitrary.js'

const KINDS = ['topic', 'presence', 'all', 'bus', 'beat', 'node'] as const

/** What could be taken for something else: delimiters, wildcards, escapes, look-alikes, nothing, and much. */
const part = fc.oneof(
  fc.string({
    unit: fc.constantFrom('.', '~', '*', '>', '#', '/', '2', 'a', 'e', 'A', ' ', '-', '_', '\0', 'ä', 'а'),
    maxLength: 5,
  }),
  anyText(6).map((text) => text.toWellFormed()),
  fc.constantFrom('', '~', '~~', '~2a', '.', '*', 'x'.repeat(10_000), '*'.repeat(10_000)),
)
const name = fc.tuple(
  part,
  fc.constantFrom(...KINDS),
  fc.array(fc.option(part, { nil: undefined }), { maxLength: 3 }),
)

describe('the name of a channel', () => {
  it.each([
    ['linkspan', ['lobby'], 'linkspan.topic.lobby'],
    ['linkspan', [undefined, 'lobby'], 'linkspan.topic.~.lobby'],
    ['linkspan', ['', 'lobby'], 'linkspan.topic.~~.lobby'],
    ['chat', ['acme', 'a.b'], 'chat.topic.acme.a~2eb'],
    ['chat', ['*>#', '~'], 'chat.topic.~2a~3e~23.~7e'],
    ['chat', ['ä', '😀'], 'chat.topic.~c3~a4.~f0~9f~98~80'],
  ] as const)('of %s and %j', (app, parts, expected) => {
    expect(channelName(app, 'topic', ...parts)).toBe(expected)
  })

  it('is another one for every other application, kind, scope or topic, whatever their characters', () => {
    fc.assert(
      fc.property(name, name, (one, other) => {
        const same = JSON.stringify(one) === JSON.stringify(other)
        const [first, second] = [one, other].map(([app, kind, parts]) => channelName(app, kind, ...parts))
        expect(first === second).toBe(same)
      }),
      { numRuns: 2_000 },
    )
  })

  it('has only characters that mean nothing to any engine, and is never one that was made short', () => {
    fc.assert(
      fc.property(name, ([app, kind, parts]) => {
        const channel = channelName(app, kind, ...parts)
        expect(channel).toMatch(/^[A-Za-z0-9\-_.~]+$/)
        expect(channel.startsWith('~h.')).toBe(false)
      }),
    )
  })
})

describe('the urgency of a channel', () => {
  it('is that of its kind, whatever it is called', () => {
    fc.assert(
      fc.property(name, ([app, kind, parts]) => {
        expect(urgencyOf(channelName(app, kind, ...parts))).toBe(
          {
            topic: 'patient',
            all: 'patient',
            bus: 'patient',
            presence: 'prompt',
            beat: 'fleeting',
            node: 'fleeting',
          }[kind],
        )
      }),
    )
  })

  it('of something else is none in particular', () => {
    for (const channel of ['', 'a', 'topic', '.']) expect(urgencyOf(channel)).toBe('prompt')
  })
})

describe('a short channel', () => {
  const digest = (channel: string): string => createHash('sha256').update(channel).digest('hex')

  it('is the channel itself where that fits, to the last character', () => {
    expect(shortChannel('chat.all', 8, digest)).toBe('chat.all')
  })

  it('else is a digest, which no channel looks like', () => {
    expect(shortChannel('chat.all', 7, () => 'digest')).toBe('~h.digest')
    expect(channelName('h', 'all')).toBe('h.all')
    expect(channelName('~h', 'all')).toBe('~7eh.all')
  })
})
