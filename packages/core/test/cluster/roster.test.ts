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
    const roster = new Roster(100)
    expect(roster.seen('one', 1, 0)).toEqual({ ...NOTHING_NEW, isNew: true })
    roster.seen('two', 1, 50)
    expect(roster.seen('one', 1, 100)).toEqual(NOTHING_NEW)
    expect(roster.expire(150).departed).toEqual([])
    expect(roster.expire(151).departed).toEqual([{ node: 'two', epoch: 1 }])
    expect(roster.nodes).toEqual(['one'])
    expect(roster.size).toBe(1)
    roster.renewAll(200)
    expect(roster.expire(300).departed).toEqual([])
    expect(roster.expire(301).departed).toEqual([{ node: 'one', epoch: 1 }])
  })

  it('knows who was given up and comes back, once', () => {
    const roster = new Roster(100)
    roster.seen('one', 1, 0)
    roster.expire(101)
    expect(roster.seen('one', 1, 102)).toEqual({ isNew: true, back: true, before: undefined })
    expect(roster.seen('one', 1, 103)).toEqual(NOTHING_NEW)
  })

  it('knows who was not given up, and silent for longer than a lease, unless that does not count', () => {
    const roster = new Roster(100)
    for (const node of ['one', 'two', 'three']) roster.seen(node, 1, 0)
    roster.renewAll(50)
    expect(roster.seen('two', 1, 100)).toEqual(NOTHING_NEW)
    expect(roster.seen('one', 1, 101)).toEqual({ isNew: false, back: true, before: undefined })
    // It may be given up yet: that is told then.
    expect(roster.seen('one', 1, 202)).toEqual(NOTHING_NEW)
    roster.excuseAll(210)
    roster.renewAll(250)
    expect(roster.seen('three', 1, 310)).toEqual(NOTHING_NEW)
    // That renews no lease.
    roster.excuseAll(500)
    expect(roster.expire(500).departed).toHaveLength(3)
  })

  it('has one life of a node: a new one ends the earlier one, whose late words mean nothing', () => {
    const roster = new Roster(0)
    roster.seen('one', 1, 0)
    expect(roster.seen('one', 2, 1)).toEqual({ isNew: true, back: false, before: { node: 'one', epoch: 1 } })
    expect(roster.seen('one', 1, 2)).toEqual(NOTHING_NEW)
    expect([roster.lives('one', 1), roster.lives('one', 2), roster.lives('two', 1)]).toEqual([
      false,
      true,
      false,
    ])
    expect(roster.left('one', 1).isNews).toBe(false)
    expect(roster.left('one', 2).isNews).toBe(true)
    expect(roster.left('one', 2).isNews).toBe(false)
  })

  it('does not have who said goodbye, whatever else it said before arrives later', () => {
    const roster = new Roster(0)
    roster.seen('one', 1, 0)
    roster.left('one', 1)
    expect(roster.seen('one', 1, 1)).toEqual(NOTHING_NEW)
    expect(roster.nodes).toEqual([])
    expect(roster.seen('one', 2, 2)).toMatchObject({ isNew: true })
  })

  it('remembers a thousand who are gone', () => {
    const roster = new Roster(0)
    for (let node = 0; node <= 1_000; node += 1) roster.seen(`node-${node}`, 1, 0)
    expect(roster.expire(1).forgotten).toEqual([{ node: 'node-0', epoch: 1 }])
    expect(roster.seen('node-0', 1, 2).back).toBe(false)
    expect(roster.seen('node-1', 1, 2).back).toBe(true)
  })

  it('remembers a thousand who said goodbye', () => {
    const roster = new Roster(0)
    const left = Array.from({ length: 1_001 }, (_, node) => roster.left(`node-${node}`, 1).forgotten)
    expect(left.slice(999)).toEqual([undefined, { node: 'node-0', epoch: 1 }])
  })
})
