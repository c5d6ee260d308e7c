import { strict as assert } from 'node:assert'
import { type BrokerBehaviour, channelOf, fresh, numbers } from './behaviour.js'
import type { BrokerStage } from './stage.js'

/** As the core writes a ship of four bytes; the longest topic and the longest scope have 512 of them. */
const SHIP = '~f0~9f~9a~a2'

/** Topics that are near to each other, or mean something to an engine. They go behind a part that is new in each test. */
const TOPICS: readonly string[] = [
  'lobby',
  'Lobby',
  'LOBBY',
  'lobbyx',
  'xlobby',
  'lobb',
  'lobby.a',
  'lobby.a.b',
  'a.lobby',
  'lobby.lobby',
  '~2a',
  '~2A',
  'lobby.~2a',
  '~2a.lobby',
  '~3e',
  'lobby.~3e',
  '~23',
  'lobby.~23',
  '~2b',
  '~3f',
  'lobb~3f',
  '~5ba-z~5d',
  '~7b~7d',
  '~24',
  '~2f',
  '~25',
  '~00',
  '~',
  '~~',
  '-',
  '--',
  '_',
  '__',
  'a-b',
  'a_b',
  'a~20b',
  '0',
  '00',
  '1e3',
  'null',
  'undefined',
  '__proto__',
  'constructor',
  'hasOwnProperty',
  'toString',
  'x'.repeat(200),
  `${'x'.repeat(200)}y`,
  'x'.repeat(512),
  `${'x'.repeat(511)}y`,
  `y${'x'.repeat(511)}`,
  SHIP.repeat(512),
  `${SHIP.repeat(511)}~f0~9f~9a~a3`,
  `~f0~9f~9a~a3${SHIP.repeat(511)}`,
]

/** What an engine keeps for itself, as names of applications. */
const APPS: readonly string[] = [
  'linkspan',
  'linkspan2',
  'Linkspan',
  'amq',
  '_INBOX',
  '__consumer_offsets',
  '-',
  '~24SYS',
  '~h',
]

/** Subscribes one node to every other channel, and another to the rest; each hears its own and nothing else. */
async function assertApart(stage: BrokerStage, channels: readonly string[]): Promise<void> {
  const [from, even, odd] = [await stage.join(), await stage.join(), await stage.join()]
  const shares = [
    channels.filter((_, index) => index % 2 === 0),
    channels.filter((_, index) => index % 2 === 1),
  ]
  for (const [index, node] of [even, odd].entries()) await node.subscribe(...(shares[index] ?? []))
  await Promise.all(channels.map((channel, index) => from.publish(channel, String(index))))
  for (const [index, channel] of channels.entries()) {
    await (index % 2 === 0 ? even : odd).hears(channel, String(index))
  }
  for (const node of [even, odd]) await stage.quiet(from, node)
  for (const [index, channel] of channels.entries()) {
    for (const node of [even, odd]) {
      const mine = (index % 2 === 0) === (node === even)
      assert.deepEqual(
        node.texts(channel),
        mine ? [String(index)] : [],
        `channel ${index}: ${channel.slice(0, 80)}`,
      )
    }
  }
}

/** Two names are equal or not: nothing else about them matters. */
export const channels: readonly BrokerBehaviour[] = [
  {
    name: 'names that are near to each other, or mean something to an engine, are channels of their own',
    run(stage) {
      const mark = fresh()
      return assertApart(
        stage,
        TOPICS.map((topic) => channelOf(`${mark}.${topic}`)),
      )
    },
  },
  {
    name: 'the longest name that the core makes is a channel as any other',
    async run(stage) {
      // Scope and topic of 512 characters each, which are twelve each when escaped.
      const longest = `linkspan.topic.${SHIP.repeat(512)}.${fresh()}${SHIP.repeat(500)}`
      await assertApart(stage, [longest, longest.slice(0, -1), `${longest}0`, longest.slice(0, -12)])
    },
  },
  {
    name: 'applications on one engine do not hear each other, whatever their names',
    run(stage) {
      const topic = fresh()
      return assertApart(
        stage,
        APPS.map((app) => channelOf(topic, app)),
      )
    },
  },
  {
    name: 'kinds of channels and scopes do not hear each other',
    run(stage) {
      const mark = fresh()
      const names = [
        'topic.~',
        'topic.~~',
        'topic.acme',
        'topic.Acme',
        'presence.~',
        'presence.acme',
        'node',
        'all',
      ]
      return assertApart(
        stage,
        names.map((name) => `linkspan.${name}.${mark}`),
      )
    },
  },
  {
    name: 'a thousand channels of one node, asked for at once, each hear their own',
    async run(stage) {
      const mark = fresh()
      const names = numbers(1_000).map((number) => channelOf(`${mark}.${number}`))
      const [from, to] = [await stage.join(), await stage.join()]
      await to.subscribe(...names)
      await Promise.all(names.map((name, index) => from.publish(name, String(index))))
      await stage.until(() => names.every((name) => to.texts(name).length > 0), 'each has heard something')
      for (const [index, name] of names.entries()) assert.deepEqual(to.texts(name), [String(index)])
      await to.unsubscribe(...names.slice(1))
      const last = names[999] ?? ''
      await from.publish(last, 'nobody hears it')
      await from.publish(names[0] ?? '', 'one hears it')
      await to.hears(names[0] ?? '', 'one hears it')
      await stage.quiet(from, to)
      assert.deepEqual(to.texts(last), ['999'])
    },
  },
]
