import type { Authenticated, Connection, Identity } from '@linkspan/core'
import { describe, expect, it } from 'vitest'
import { allOf, anyOf, can, hasRole, type Permission, permissions } from '../src/index.js'
import { known } from './known.js'

async function as(identity: Omit<Identity, 'subject'>): Promise<Connection<Authenticated>> {
  return (await (await known()).enter({ subject: 'ada', ...identity })).conn
}
const yes = (): boolean => true
const no = (): boolean => false

describe('can and hasRole', () => {
  it('compare exact names, of scopes and of roles', async () => {
    const conn = await as({ scopes: ['room:read', 'room:*'], roles: ['admin'] })
    expect(
      ['room:read', 'room:', 'room', 'ROOM:READ', 'room:write', 'admin'].map((name) => can(name)(conn)),
    ).toEqual([true, false, false, false, false, false])
    expect(['admin', 'admi', 'Admin', 'room:read'].map((name) => hasRole(name)(conn))).toEqual([
      true,
      false,
      false,
      false,
    ])
  })

  it('deny where there are none', async () => {
    const conn = await as({})
    expect(can('room:read')(conn)).toBe(false)
    expect(hasRole('admin')(conn)).toBe(false)
  })

  it('need a name', () => {
    for (const make of [can, hasRole]) {
      expect(() => make('')).toThrow(expect.objectContaining({ code: 'LINKSPAN_OPTION' }))
    }
  })
})

describe('anyOf and allOf', () => {
  it('put permissions together, and hand the target on', async () => {
    const conn = await as({})
    expect([anyOf(no, yes)(conn), anyOf(no, no)(conn), allOf(yes, yes)(conn), allOf(yes, no)(conn)]).toEqual([
      true,
      false,
      true,
      false,
    ])
    const own: Permission<Authenticated, [string]> = (_, topic) => topic === 'mine'
    const either = anyOf<Authenticated, [string]>(no, allOf<Authenticated, [string]>(yes, own))
    expect([either(conn, 'mine'), either(conn, 'yours')]).toEqual([true, false])
  })

  it('take nothing but true for a yes', async () => {
    const conn = await as({})
    const sloppy = (() => Promise.resolve(false)) as unknown as Permission
    expect([anyOf(sloppy)(conn), allOf(yes, sloppy)(conn)]).toEqual([false, false])
  })

  it('need something to put together', () => {
    for (const make of [anyOf, allOf]) {
      expect(() => Reflect.apply(make, undefined, [])).toThrow(
        expect.objectContaining({ code: 'LINKSPAN_OPTION' }),
      )
    }
  })
})

describe('permissions', () => {
  it('allow what a role may do, or what was granted', async () => {
    const allowed = permissions({ moderator: ['read', 'write'], guest: ['read'] })
    expect(allowed('write')(await as({ roles: ['moderator'] }))).toBe(true)
    expect(allowed('write')(await as({ roles: ['guest'] }))).toBe(false)
    expect(allowed('write')(await as({ scopes: ['write'] }))).toBe(true)
    expect(allowed('write')(await as({ roles: ['__proto__', 'constructor', 'nobody'] }))).toBe(false)
    expect(allowed('write')(await as({}))).toBe(false)
  })
})
