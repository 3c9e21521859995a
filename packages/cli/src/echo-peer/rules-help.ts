/** The rules of `instruction.ts` and `echo-peer.ts` for people: printed by `help`, and part of `parl launch --help`. */
export const typedRules = [
  "say TARGET TEXT                     sends TEXT; TARGET is a name, a key, @group, or * for everybody",
  "remember TEXT                       keeps TEXT in the memory of the mesh",
  "recall WORDS                        searches that memory",
  "state set KEY=VALUE, state get KEY  writes or reads the shared state",
  "when KEY=VALUE say TARGET TEXT      sends TEXT once, as soon as KEY has VALUE",
  "peers, help, leave                  who is here; this list; ends the peer",
] as const;

export const echoPeerNotes = [
  "The echo peer answers each direct message, and questions to a group in which its role is `lead`: `remember`,",
  "`recall`, `state set`, `state get`, `what is KEY?` and `when` are carried out and answered, everything else comes",
  "back as `echo: TEXT`. It never answers an answer. Its owner types:",
  ...typedRules.map((rule) => `  ${rule}`),
] as const;
