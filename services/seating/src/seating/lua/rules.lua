-- The rules of a choice of seats, before `hold.lua`: the seats of a pair go together, and none is left alone.
-- Seats are their places in the map. A layout is {blocks: [[first, last, row, column of the first]], pairs: [[seat, seat]],
-- companions: [seat], given_last: [seat]}; the seats of a block are neighbours one after the other.
-- Invariant: nothing is refused for a seat left alone unless another choice of as many seats can be held.
local seats_now -- the map that the rules judge by
local ROW_APART = 2 -- how many seats' widths lie between two rows

local function free(at)
  return string.byte(seats_now, at + 1) == 97 -- 'a'
end

local function free_ones(text)
  local found = {}
  for seat, at in seats_of(text) do
    if free(at) then found[#found + 1] = seat end
  end
  return found
end

-- The seats of "C6:26:25 C10:30:31,32" that are free without any of their company being so.
local function left_alone(text)
  local found = {}
  for seat, at, company in string.gmatch(text, '([^:%s]+):(%d+):(%S*)') do
    local alone = free(at)
    for other in string.gmatch(company, '%d+') do
      alone = alone and not free(other)
    end
    if alone then found[#found + 1] = seat end
  end
  return found
end

local function set_of(seats)
  local set = {}
  for _, at in ipairs(seats) do set[at] = true end
  return set
end

local function middle_of(layout, asked)
  local rows, columns = 0, 0
  for _, block in ipairs(layout.blocks) do
    for at in pairs(asked) do
      if at >= block[1] and at <= block[2] then
        rows, columns = rows + block[3], columns + block[4] + at - block[1]
      end
    end
  end
  return rows, columns
end

-- The places of as many adjacent free seats as `text` names, the nearest to them, that part no pair and leave no seat alone.
local function nearest_choice(layout, text)
  local asked, count = {}, 0
  for _, at in seats_of(text) do
    asked[tonumber(at)], count = true, count + 1
  end
  local row, column = middle_of(layout, asked)
  row, column = row / count, column / count - (count - 1) / 2
  local companions, given_last, partners = set_of(layout.companions), set_of(layout.given_last), {}
  for _, pair in ipairs(layout.pairs) do
    partners[pair[1]], partners[pair[2]] = pair[2], pair[1]
  end

  local function may_be_left(at)
    return companions[at] or (partners[at] and free(partners[at]))
  end

  local function may_be_taken(from, to, all)
    for at = from, to do
      local other = partners[at]
      if other and (other < from or other > to) and free(other) then return false end
      if given_last[at] and not all and not asked[at] then return false end
    end
    return true
  end

  local best, distance
  -- Of the free seats from `first` to `last`, with none free beside them.
  local function look(block, first, last, all)
    local wanted = math.max(first, math.min(last - count + 1, math.floor(column - block[4] + block[1] + 0.5)))
    for step = 0, last - first do
      for from = wanted - step, wanted + step, math.max(1, 2 * step) do
        local to = from + count - 1
        local off = math.abs(block[3] - row) * ROW_APART + math.abs(block[4] + from - block[1] - column)
        if from >= first and to <= last and (not distance or off < distance)
          and (from - first ~= 1 or may_be_left(first)) and (last - to ~= 1 or may_be_left(last))
          and may_be_taken(from, to, all) then
          best, distance = from, off
        end
      end
      if best and best >= first and best <= last then return end
    end
  end

  for _, all in ipairs({false, true}) do
    for _, block in ipairs(layout.blocks) do
      if not distance or math.abs(block[3] - row) * ROW_APART < distance then
        local free_seats, first, last = string.sub(seats_now, block[1] + 1, block[2] + 1), nil, 0
        repeat
          first, last = string.find(free_seats, 'a+', last + 1)
          if first and last - first + 1 >= count then
            look(block, block[1] + first - 1, block[1] + last - 1, all)
          end
        until not first
      end
    end
    if best then break end
  end
  if not best then return nil end
  local choice = {}
  for at = best, best + count - 1 do choice[#choice + 1] = at end
  return choice
end
