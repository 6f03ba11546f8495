// Unpack the Chromium inside npm's @sparticuz/chromium into node_modules/.chromium and write a launcher beside it.
//
// The package is made for one cloud: there it sets the library and font paths itself. Anywhere else they are ours to
// set, or a machine without Debian's libnss3 and fonts could not start it. The launcher does that, so that whoever
// starts the browser needs to know one path only: node_modules/.chromium/chromium-headless.
import { chmod, mkdir, rename, rm, writeFile } from "node:fs/promises";
import { resolve } from "node:path";

const PACKED = resolve("node_modules/@sparticuz/chromium/bin");
const OUT = resolve("node_modules/.chromium");
const LAUNCHER = `#!/bin/sh
# Written by tools/chromium.mjs.
here=$(dirname "$(readlink -f "$0")")
LD_LIBRARY_PATH="$here/al2023/lib\${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}" FONTCONFIG_FILE="$here/fonts/fonts.conf" \\
  exec "$here/chromium" "$@"
`;
// The package's own fonts.conf names the folder of its cloud.
const FONTS = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir prefix="relative">fonts</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir prefix="xdg">fontconfig</cachedir>
</fontconfig>
`;

const unpacking = `${OUT}.part`;
await rm(unpacking, { recursive: true, force: true });
await mkdir(unpacking, { recursive: true });
process.env.TMPDIR = unpacking; // inflate() writes to os.tmpdir()
const { inflate } = await import("@sparticuz/chromium");
for (const name of ["chromium.br", "al2023.tar.br", "fonts.tar.br", "swiftshader.tar.br"]) await inflate(`${PACKED}/${name}`);
await writeFile(`${unpacking}/fonts/fonts.conf`, FONTS);
await writeFile(`${unpacking}/chromium-headless`, LAUNCHER);
await chmod(`${unpacking}/chromium-headless`, 0o755);
await rm(OUT, { recursive: true, force: true });
await rename(unpacking, OUT); // whole or not at all
