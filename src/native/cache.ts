/**
 * Compiled objects on disk, found again by what they were made of.
 *
 * A folder that only its owner may write to. An object is called by the hash of its source and compiler, and by that of its
 * own bytes: one that was cut short or changed is not the object it is called, and is made again. Objects come in by being
 * renamed, so nobody sees half of one. The ones used longest ago go when the folder grows too large.
 */
import { createHash, randomBytes } from 'node:crypto'
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

// ---------------------------------------------------------------------------------------------------------------- model

/** A folder of objects. */
export interface ObjectCache {
  readonly folder: string
  /** The file of an object, if it is there and whole. */
  readonly find: (key: string) => string | null
  /** A file to be written by a compiler, then given to `keep`. */
  readonly draft: () => string
  /** Makes a draft the object of a key; its file. */
  readonly keep: (key: string, draft: string) => string
  /** A short text that was noted under a key, and notes one. */
  readonly noted: (key: string) => string | null
  readonly note: (key: string, text: string) => void
}

/** Bytes that objects may take. */
const LARGEST = 2 ** 28

/** The hash of a text or of bytes. */
export const hashOf = (x: string | Uint8Array): string => createHash('sha256').update(x).digest('hex')

const SUM = 32

// -------------------------------------------------------------------------------------------------------------- safety

const isOwn = (uid: number): boolean => process.getuid === undefined || uid === process.getuid()

/** Whether nobody else can have put another folder in the place of one inside this one. */
const isKept = (folder: string): boolean => {
  const { uid, gid, mode } = lstatSync(folder)
  // in folders like /tmp everybody renames what is theirs alone; a group of a user's own is that user
  const isShared = (mode & 0o002) !== 0 || ((mode & 0o020) !== 0 && gid !== uid)
  const own = uid === 0 || isOwn(uid)
  return own && (!isShared || (mode & 0o1000) !== 0) && (dirname(folder) === folder || isKept(dirname(folder)))
}

/** Whether nobody else can have put anything here. */
const isSafe = (folder: string): boolean => {
  const s = lstatSync(folder)
  if (process.getuid === undefined) return s.isDirectory()
  return s.isDirectory() && isOwn(s.uid) && (s.mode & 0o022) === 0 && isKept(dirname(realpathSync(folder)))
}

/** A folder of our own; null where there can't be one. */
const ownFolder = (folder: string): string | null => {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    if (!isSafe(folder)) return null
    // whether it can be written to shows when it is
    const probe = join(folder, `.${process.pid}.${randomBytes(6).toString('hex')}`)
    writeFileSync(probe, '', { flag: 'wx', mode: 0o600 })
    rmSync(probe)
    return folder
  } catch {
    return null
  }
}

/** A folder for this process alone, gone when it ends. */
const passing = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'lanac-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Where objects are kept unless LANAC_CACHE says otherwise. */
const usual = (): string =>
  process.env.LANAC_CACHE ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'lanac', 'native')

// -------------------------------------------------------------------------------------------------------------- running

/** What is ours in a folder: objects, notes, and drafts. */
const OURS = /^([0-9a-f]{64}-[0-9a-f]{32}\.so|compiler-[0-9a-f]{32}\.json|\.\d+\.[0-9a-f]{12})$/

/** Deletes what was used longest ago until the rest fits. */
const shrink = (folder: string, most: number): void => {
  const files = readdirSync(folder).flatMap((name) => {
    if (!OURS.test(name)) return []
    try {
      const { size, mtimeMs } = lstatSync(join(folder, name))
      return [{ name, size, mtimeMs }]
    } catch {
      return []
    }
  })
  let total = files.reduce((n, f) => n + f.size, 0)
  for (const f of files.sort((a, b) => a.mtimeMs - b.mtimeMs)) {
    if (total <= most) return
    rmSync(join(folder, f.name), { force: true })
    total -= f.size
  }
}

/** The cache in a folder, or in the usual one, of at most so many bytes. */
export const openCache = (wanted = usual(), most = LARGEST): ObjectCache => {
  const folder = ownFolder(wanted) ?? passing()
  /** A file in the folder, which somebody may have deleted. */
  const draft = (): string => {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    return join(folder, `.${process.pid}.${randomBytes(6).toString('hex')}`)
  }
  const list = (): readonly string[] => {
    try {
      return readdirSync(folder)
    } catch {
      return []
    }
  }
  const put = (text: string, name: string): void => {
    const file = draft()
    writeFileSync(file, text, { flag: 'wx', mode: 0o600 })
    renameSync(file, join(folder, name))
  }
  /** Bytes of a file of ours. */
  const read = (file: string): Uint8Array | null => {
    try {
      const s = lstatSync(file)
      return s.isFile() && isOwn(s.uid) && (s.mode & 0o022) === 0 ? readFileSync(file) : null
    } catch {
      return null
    }
  }
  return {
    folder,
    draft,
    find: (key) => {
      for (const name of list()) {
        if (!name.startsWith(`${key}-`) || !name.endsWith('.so')) continue
        const file = join(folder, name)
        const bytes = read(file)
        if (bytes !== null && name === `${key}-${hashOf(bytes).slice(0, SUM)}.so`) {
          const now = new Date()
          utimesSync(file, now, now)
          return file
        }
        rmSync(file, { force: true, recursive: true })
      }
      return null
    },
    keep: (key, file) => {
      chmodSync(file, 0o700)
      const kept = join(folder, `${key}-${hashOf(readFileSync(file)).slice(0, SUM)}.so`)
      renameSync(file, kept)
      shrink(folder, most)
      return kept
    },
    noted: (key) => {
      const bytes = read(join(folder, `${key}.json`))
      if (bytes === null) return null
      const text = new TextDecoder().decode(bytes)
      const [sum, ...rest] = text.split('\n')
      return sum === hashOf(rest.join('\n')) ? rest.join('\n') : null
    },
    note: (key, text) => {
      try {
        put(`${hashOf(text)}\n${text}`, `${key}.json`)
      } catch {
        // asked again next time
      }
    },
  }
}
