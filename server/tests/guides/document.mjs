// The guides' code, byte for byte as `guides.txt` has it: five blocks, one after each `Code example`.

import { readFileSync } from 'node:fs';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const here = new URL('.', import.meta.url);
const titles = [
  'SaaS customer onboarding',
  'Service-to-service authentication',
  'Team invite flow',
  'Local token verification with JWKS',
  'Reacting to Heimdall events',
];

const text = readFileSync(new URL('guides.txt', here), 'utf8');
const starts = titles.map((title) => text.indexOf(`\n${title}\n`));
if (starts.some((start, i) => start < (starts[i - 1] ?? 0))) {
  throw new Error('guides.txt does not hold the five guides in their order');
}

/** The guides in the document's order: `{ number, title, code }`. */
export const guides = titles.map((title, i) => {
  const guide = text.slice(starts[i], starts[i + 1]);
  const mark = '\nCode example\n\n';
  const code = guide.slice(guide.indexOf(mark) + mark.length);
  return { number: i + 1, title, code };
});

/**
 * Runs a guide's code as a module and answers the constants and functions of it that `names` lists.
 *
 * What the document leaves to its reader must stand on `globalThis` before. The code runs in a folder
 * of its own, where `import 'jose'` finds the packages that `.ci/prepare` has installed.
 */
export async function run({ number, code }, names = []) {
  const folder = await mkdtemp(join(tmpdir(), 'heimdall-guide-'));
  try {
    await symlink(fileURLToPath(new URL('../node_modules', here)), join(folder, 'node_modules'));
    const file = join(folder, `guide-${number}.mjs`);
    await writeFile(file, `${code}\nexport { ${names.join(', ')} };\n`);
    return await import(pathToFileURL(file));
  } finally {
    await rm(folder, { recursive: true });
  }
}
