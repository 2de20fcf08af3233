/** Paths of the repository, for scripts. */
import { existsSync, readdirSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder that holds package.json. */
export const root = fileURLToPath(new URL('..', import.meta.url)).replace(/[\\/]$/, '')

/** Files below a folder of the repository whose names end so; relative to the root, with forward slashes, sorted. */
export const filesBelow = (folder: string, ending: string): readonly string[] =>
  existsSync(join(root, folder))
    ? readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
        .filter((e) => e.isFile() && e.name.endsWith(ending))
        .map((e) => relative(root, join(e.parentPath, e.name)).split(sep).join('/'))
        .filter((path) => !path.includes('node_modules/'))
        .sort()
    : []
