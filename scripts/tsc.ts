/** The compiler as a function: its complaints about a project. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { root } from './files.js'

export interface Diagnostic {
  /** Relative to the root; empty for complaints about the project itself. */
  readonly file: string
  readonly line: number
  /** All lines of the message. */
  readonly message: string
}

/** What `tsc -p project` complains of; nothing is emitted. */
export const tsc = (project: string): readonly Diagnostic[] => {
  const compiler = join(root, 'node_modules/typescript/bin/tsc')
  const run = spawnSync(process.execPath, [compiler, '-p', project, '--pretty', 'false'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  })
  if (run.error !== undefined) throw run.error
  const found: { file: string; line: number; message: string }[] = []
  for (const text of run.stdout.split(/\r?\n/)) {
    const at = /^(.+?)\((\d+),\d+\): error (.*)$/.exec(text)
    const last = found.at(-1)
    if (at !== null) found.push({ file: at[1] as string, line: Number(at[2]), message: at[3] as string })
    else if (/^error /.test(text)) found.push({ file: '', line: 0, message: text })
    else if (text !== '' && last !== undefined) last.message += `\n${text}`
  }
  if (run.status !== 0 && found.length === 0) throw new Error(`tsc -p ${project}: ${run.stdout}${run.stderr}`)
  return found
}
