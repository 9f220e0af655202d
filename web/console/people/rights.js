// What an edit makes of a user's rights, as the API takes them: roles that count everywhere, grants at theaters.

/** Roles at theaters by theater: `{thr_…: ["staff"]}`. */
export const grantsByTheater = (user) => {
  const grants = {};
  for (const { theaterId, role } of user.grants) grants[theaterId] = [...(grants[theaterId] ?? []), role];
  return grants;
};

/** The body by which a user is an admin or not, and has these roles at theaters. */
export const grantOf = (isAdmin, grants) => {
  const all = Object.entries(grants).flatMap(([theaterId, roles]) => roles.map((role) => ({ theaterId, role })));
  const held = new Set(all.map((grant) => grant.role));
  return { roles: ["user", ...["staff", "manager"].filter((role) => held.has(role)), ...(isAdmin ? ["admin"] : [])], grants: all };
};

/** The grants with a role at a theater given or taken. */
export const toggled = (grants, theaterId, role) => {
  const roles = grants[theaterId] ?? [];
  const next = roles.includes(role) ? roles.filter((each) => each !== role) : [...roles, role];
  const { [theaterId]: _, ...others } = grants;
  return next.length ? { ...others, [theaterId]: next } : others;
};
