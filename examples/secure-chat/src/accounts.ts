import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'

const hash = promisify<string, Buffer, number, Buffer>(scrypt)

interface Account {
  readonly salt: Buffer
  readonly hash: Buffer
  roles: readonly string[]
}

/** Who there is: names, passwords that nobody can read back, and roles, which may change while somebody is here. */
export class Accounts {
  readonly #accounts = new Map<string, Account>()

  async add(name: string, password: string, roles: readonly string[]): Promise<void> {
    const salt = randomBytes(16)
    this.#accounts.set(name, { salt, hash: await hash(password, salt, 32), roles })
  }

  rolesOf(name: string): readonly string[] {
    return this.#accounts.get(name)?.roles ?? []
  }

  setRoles(name: string, roles: readonly string[]): void {
    const account = this.#accounts.get(name)
    if (account !== undefined) account.roles = roles
  }

  /** Takes as long for a name that nobody has. */
  async isRight(name: string, password: string): Promise<boolean> {
    const account = this.#accounts.get(name)
    const given = await hash(password, account?.salt ?? Buffer.alloc(16), 32)
    return account !== undefined && timingSafeEqual(given, account.hash)
  }
}

/** The people of the demonstration. */
export async function demoAccounts(): Promise<Accounts> {
  const accounts = new Accounts()
  await accounts.add('ada', 'analytical engine', ['member', 'moderator'])
  await accounts.add('grace', 'first actual bug', ['member'])
  return accounts
}
