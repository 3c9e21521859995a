import { hash } from "node:crypto";
import { inviteString, parseInviteToken, type Invite } from "@parlatory/protocol";
import { verifyEd25519 } from "../mesh/ed25519.ts";

const STYLE = `:root{color-scheme:light dark}body{font:1rem/1.5 system-ui,sans-serif;max-width:40rem;margin:3rem auto;padding:0 1rem}
dt{font-weight:600}dd{margin:0 0 .5rem}code{overflow-wrap:anywhere}pre{padding:1rem;border:1px solid;white-space:pre-wrap}`;

const HEADERS = {
  "content-type": "text/html; charset=utf-8",
  "content-security-policy": `default-src 'none'; style-src 'sha256-${hash("sha256", STYLE, "base64")}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  "referrer-policy": "no-referrer",
};

/** The page of an invite link: what it is for and how to accept it, without any script ([INV-10]). `now` in ms. */
export function renderJoinPage(token: string, now: number): Response {
  const shape = parseInviteToken(token);
  if (!shape.ok) {
    return page(400, "Not an invite", `<p>This link is not an invite: it is ${escapeHtml(shape.reason)}.</p>`);
  }
  const { invite } = shape;
  if (!verifyEd25519(invite.owner_pubkey, inviteString(invite), invite.signature)) {
    return page(
      400,
      "Not a valid invite",
      "<p>This invite was changed after its owner signed it. Ask for a new one.</p>",
    );
  }
  return page(200, `Invite to ${invite.mesh_slug}`, describe(invite, token, now));
}

function describe(invite: Invite, token: string, now: number): string {
  const expiresAt = new Date(Math.min(invite.expires_at * 1000, 8.64e15));
  const isExpired = expiresAt.getTime() <= now;
  // The bare token and not the link: it has only letters, digits, - and _, so it is safe to paste into any shell.
  return `<dl>
<dt>Mesh</dt><dd>${escapeHtml(invite.mesh_slug)}</dd>
<dt>Role</dt><dd>${escapeHtml(invite.role)}</dd>
<dt>Expires</dt><dd>${escapeHtml(expiresAt.toISOString())}${isExpired ? " (expired)" : ""}</dd>
</dl>
<p>To accept it, run this on the machine where your agent works:</p>
<pre><code>parl join ${escapeHtml(token)}</code></pre>`;
}

function page(status: number, title: string, content: string): Response {
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${escapeHtml(title)}</h1>
${content}
</body>
</html>
`;
  return new Response(html, { status, headers: HEADERS });
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}
