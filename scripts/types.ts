// Type-checks each package's source by its own tsconfig (the core's knows neither Node nor a DOM), then all the rest by
// the root's, with TypeScript 7.

import { join } from 'node:path'
import { publishedPackages, root, run } from './workspace.js'

// Not `.bin/tsc`: two TypeScripts are installed, and which one that is depends on the order of installation.
const compiler = join(root, 'node_modules/typescript7/bin/tsc')
const projects = [...publishedPackages().map(({ dir }) => dir), root]

let failed = 0
for (const project of projects) {
  const { code } = await run(process.execPath, [compiler, '--noEmit', '--project', project])
  if (code !== 0) failed += 1
}
console.log(`${projects.length} TypeScript projects, ${failed} with errors`)
process.exitCode = failed === 0 ? 0 : 1
