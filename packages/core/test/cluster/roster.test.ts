import { describe, expect, it } from 'vitest'
import { life, lived, Roster } from '../../src/cluster/roster.js'

const NOTHING_NEW = { isNew: false, back: false, before: undefined }

describe('a life of a node', () => {
  it.each(['one', 'a:b', ':', '7:7'])('of %j can be told from its key', (node) => {
    expect(lived(life(node, 12))).toEqual({ node, epoch: 12 })
  })
})

describe('the roster', () => {
  it('has whoever was heard of within the lease', () => {
    const roster = new Roster()
    expect(roster.seen('one', 1, 0)).toEqual({ ...NOTHING_NEW, isNew: true })
    roster.seen('two', 1, 50)
    expect(roster.seen('one', 1, 100)).toEqual(NOTHING_NEW)
    expect(roster.expire(50).departed).toEqual([])
    expect(roster.expire(51).departed).toEqual([{ node: 'two', epoch: 1 }])
    expect(roster.nodes).toEqual(['one'])
    expect(roster.size).toBe(1)
    roster.renewAll(200)
    expect(roster.expire(200).departed).toEqual([])
  })

  it('knows who was given up and comes back, once', () => {
    const roster = new Roster()
    roster.seen('one', 1, 0)
    roster.expire(1)
    expect(roster.seen('one', 1, 2)).toEqual({ isNew: true, back: true, before: undefined })
    expect(roster.seen('one', 1, 3)).toEqual(NOTHING_NEW)
  })

  it('has one life of a node: a new one ends the earlier one, whose late words mean nothing', () => {
    const roster = new Roster()
    roster.seen('one', 1, 0)
    expect(roster.seen('one', 2, 1)).toEqual({ isNew: true, back: false, before: { node: 'one', epoch: 1 } })
    expect(roster.seen('one', 1, 2)).toEqual(NOTHING_NEW)
    expect([roster.lives('one', 1), roster.lives('one', 2), roster.lives('two', 1)]).toEqual([
      false,
      true,
      false,
    ])
    expect(roster.left('one', 1)).toBe(false)
    expect(roster.left('one', 2)).toBe(true)
    expect(roster.left('one', 2)).toBe(false)
  })

  it('does not have who said goodbye, whatever else it said before arrives later', () => {
    const roster = new Roster()
    roster.seen('one', 1, 0)
    roster.left('one', 1)
    expect(roster.seen('one', 1, 1)).toEqual(NOTHING_NEW)
    expect(roster.nodes).toEqual([])
    expect(roster.seen('one', 2, 2)).toMatchObject({ isNew: true })
  })

  it('remembers a thousand who are gone', () => {
    const roster = new Roster()
    for (let node = 0; node <= 1_000; node += 1) roster.seen(`node-${node}`, 1, 0)
    expect(roster.expire(1).forgotten).toEqual([{ node: 'node-0', epoch: 1 }])
    expect(roster.seen('node-0', 1, 2).back).toBe(false)
    expect(roster.seen('node-1', 1, 2).back).toBe(true)
  })
})
