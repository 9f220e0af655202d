-- Stands before `hold.lua`: the rules of a choice of seats. The seats of a pair are held together, and no seat is left alone.
-- Seats are their places in the map. A layout is {seat_blocks: [[first, last, row, column of the first]], pairs: [[seat, seat]],
-- companions: [seat], given_last: [seat]}; the seats of a block are neighbours one after the other.
-- Invariant: nothing is refused for a seat left alone unless another choice of as many seats can be held.
local map -- what the rules judge by: `hold.lua` reads it
local ROW_APART = 2 -- how many seats' widths lie between two rows

local function free(at)
  return string.byte(map, at + 1) == 97 -- 'a'
end

-- Those of the seats "C7:27 C8:28" that are free.
local function free_seats(text)
  local seats = {}
  for seat, at in seats_of(text) do
    if free(at) then seats[#seats + 1] = seat end
  end
  return seats
end

-- The seats of "C6:26:25 C10:30:31,32" that are free without any of their company being so.
local function left_alone(text)
  local seats = {}
  for seat, at, company in string.gmatch(text, '([^:%s]+):(%d+):(%S*)') do
    local alone = free(at)
    for other in string.gmatch(company, '%d+') do
      alone = alone and not free(other)
    end
    if alone then seats[#seats + 1] = seat end
  end
  return seats
end

-- How many of the live holds "hld_1 hld_2" the waiting list has offered.
local function offered(ids)
  local count = 0
  for id in string.gmatch(ids, '%S+') do
    if record(id).offered then count = count + 1 end
  end
  return count
end

local function set_of(seats)
  local set = {}
  for _, at in ipairs(seats) do set[at] = true end
  return set
end

-- The sums of rows and columns of the seats that were chosen.
local function sum_of_places(layout, chosen)
  local rows, columns = 0, 0
  for _, block in ipairs(layout.seat_blocks) do
    for at in pairs(chosen) do
      if at >= block[1] and at <= block[2] then
        rows, columns = rows + block[3], columns + block[4] + at - block[1]
      end
    end
  end
  return rows, columns
end

-- The places of as many adjacent free seats as `text` names, the nearest to them, that part no pair and leave no seat alone.
local function nearest_choice(layout, text)
  local chosen, count = {}, 0
  for _, at in seats_of(text) do
    chosen[tonumber(at)], count = true, count + 1
  end
  local row, column = sum_of_places(layout, chosen)
  row, column = row / count, column / count - (count - 1) / 2
  local companions, given_last, partners = set_of(layout.companions), set_of(layout.given_last), {}
  for _, pair in ipairs(layout.pairs) do
    partners[pair[1]], partners[pair[2]] = pair[2], pair[1]
  end

  local function may_be_left(at)
    return companions[at] or (partners[at] and free(partners[at]))
  end

  local function may_be_taken(from, to, given_last_too)
    for at = from, to do
      local other = partners[at]
      if other and (other < from or other > to) and free(other) then return false end
      if given_last[at] and not given_last_too and not chosen[at] then return false end
    end
    return true
  end

  local best, distance
  -- The nearest choice among the free seats from `first` to `last`, which have no free one beside them.
  local function consider(block, first, last, given_last_too)
    local wanted = math.max(first, math.min(last - count + 1, math.floor(column - block[4] + block[1] + 0.5)))
    for step = 0, last - first do
      for from = wanted - step, wanted + step, math.max(1, 2 * step) do
        local to = from + count - 1
        local apart = math.abs(block[3] - row) * ROW_APART + math.abs(block[4] + from - block[1] - column)
        if from >= first and to <= last and (not distance or apart < distance)
          and (from - first ~= 1 or may_be_left(first)) and (last - to ~= 1 or may_be_left(last))
          and may_be_taken(from, to, given_last_too) then
          best, distance = from, apart
        end
      end
      if best and best >= first and best <= last then return end
    end
  end

  for _, given_last_too in ipairs({false, true}) do
    for _, block in ipairs(layout.seat_blocks) do
      if not distance or math.abs(block[3] - row) * ROW_APART < distance then
        local letters, first, last = string.sub(map, block[1] + 1, block[2] + 1), nil, 0
        repeat
          first, last = string.find(letters, 'a+', last + 1)
          if first and last - first + 1 >= count then
            consider(block, block[1] + first - 1, block[1] + last - 1, given_last_too)
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
