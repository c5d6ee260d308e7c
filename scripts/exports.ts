// Packs every package and asks publint and "are the types wrong" about the tarballs: what is published, not the folder.

import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkPackage, createPackageFromTarballData, type Problem } from '@arethetypeswrong/core'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { packAll } from './workspace.js'

const folder = await mkdtemp(join(tmpdir(), 'linkspan-exports-'))
let failed = 0
try {
  for (const [{ manifest }, tarball] of await packAll(folder)) {
    const complaints = await complaintsAbout(await readFile(tarball))
    console.log(`${complaints.length === 0 ? 'ok    ' : 'FAILED'} ${manifest.name}`)
    for (const complaint of complaints) console.log(`       ${complaint}`)
    if (complaints.length > 0) failed += 1
  }
} finally {
  await rm(folder, { recursive: true })
}
process.exitCode = failed === 0 ? 0 : 1

async function complaintsAbout(tarball: Uint8Array<ArrayBuffer>): Promise<string[]> {
  const lint = await publint({ pack: { tarball: tarball.buffer }, strict: true })
  const types = await checkPackage(createPackageFromTarballData(tarball))
  return [
    ...lint.messages.map((message) => `publint: ${formatMessage(message, lint.pkg) ?? message.code}`),
    ...(types.types ? types.problems.filter(matters).map(describe) : ['attw: the package has no types']),
  ]
}

/** TypeScript's old `node10` resolution knows no subpath exports: only the main entry can serve it. */
function matters(problem: Problem): boolean {
  return !('resolutionKind' in problem && problem.resolutionKind === 'node10' && problem.entrypoint !== '.')
}

function describe(problem: Problem): string {
  const { kind, ...where } = problem
  return `attw: ${kind} ${JSON.stringify(where)}`
}
