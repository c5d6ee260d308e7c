// `pnpm run version`: turns the changesets into versions and changelogs, the same version for every package.
//
// Changesets answers a new version of a peer with a new major version of all that has that peer, below 1.0.0 too. Our
// packages have the core as a peer and are released together, so the peer is out of its sight while it counts.

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { publishedPackages, root, run } from './workspace.js'

interface WithPeers {
  peerDependencies?: Record<string, string>
}

const files = publishedPackages().map(({ dir }) => join(dir, 'package.json'))
const peers = new Map(files.map((file) => [file, read(file).peerDependencies]))

for (const file of files) rewrite(file, undefined)
const { code } = await run(join(root, 'node_modules/.bin/changeset'), ['version'])
for (const file of files) rewrite(file, peers.get(file))
const formatted = await run(join(root, 'node_modules/.bin/biome'), ['format', '--write', ...files])
process.exitCode = code || formatted.code

function read(file: string): WithPeers {
  return JSON.parse(readFileSync(file, 'utf8')) as WithPeers
}

/** Replaces the peers and leaves them at their place among the fields. */
function rewrite(file: string, wanted: Record<string, string> | undefined): void {
  const manifest = read(file)
  if (!manifest.peerDependencies) return
  writeFileSync(file, `${JSON.stringify({ ...manifest, peerDependencies: wanted ?? {} }, null, 2)}\n`)
}
