// Uploads: a folder in portions (its paths, and only what is wanted of it), a ZIP with how much of it is sent.
// Without this script the form is an ordinary one, and takes ZIPs and files.
{
  const MOST_FILES = 40;
  const MOST_BYTES = 2 * 1024 * 1024;

  const send = (address, body, onProgress) =>
    new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      request.open("POST", address);
      request.setRequestHeader("Accept", "application/json");
      if (onProgress) request.upload.addEventListener("progress", (event) => onProgress(event.loaded, event.total));
      request.addEventListener("load", () => resolve(request));
      request.addEventListener("error", () => reject(new Error("The portal cannot be reached. Are you still connected?")));
      request.send(body);
    });

  // Three tries: a laptop that wakes up is offline for a moment.
  const surely = async (address, make, onProgress) => {
    for (let tries = 1; ; tries += 1) {
      try {
        return await send(address, make(), onProgress);
      } catch (error) {
        if (tries === 3) throw error;
        await new Promise((resolve) => { setTimeout(resolve, 1000 * tries); });
      }
    }
  };

  const answered = (request) => {
    try {
      const answer = JSON.parse(request.responseText);
      const said = answer.problem ?? Object.values(answer.problems ?? {}).join(" ");
      if (said) throw new Error(said);
      return answer;
    } catch (error) {
      if (error instanceof SyntaxError) throw new Error(`The portal answered with an error (${request.status}).`);
      throw error;
    }
  };

  const wanted = (file, taken) => {
    const path = file.webkitRelativePath.toLowerCase();
    const inner = path.split("/").slice(1);
    const name = inner.at(-1);
    if (inner.slice(0, -1).some((part) => part.startsWith(".") || part === "node_modules")) return false;
    return name === "codeowners" || name === ".drillbook.json" || taken.some((ending) => name.endsWith(ending));
  };

  function* portions(files) {
    let portion = [];
    let bytes = 0;
    for (const file of files) {
      if (portion.length && (portion.length >= MOST_FILES || bytes + file.size > MOST_BYTES)) {
        yield portion;
        portion = [];
        bytes = 0;
      }
      portion.push(file);
      bytes += file.size;
    }
    if (portion.length) yield portion;
  }

  const said = (form, words, part) => {
    const place = form.querySelector("[data-sending]");
    place.hidden = false;
    place.querySelector("[role=status]").textContent = words;
    place.querySelector("progress").value = part;
  };

  const failed = (form, words) => {
    form.querySelector("[data-sending]").hidden = true;
    form.querySelector(".failed")?.remove();
    const notice = document.createElement("p");
    notice.className = "failed";
    notice.setAttribute("role", "alert");
    notice.textContent = words;
    form.append(notice);
  };

  const mega = (bytes) => (bytes / 1024 / 1024).toFixed(bytes < 10485760 ? 1 : 0);

  const sendFolder = async (form, files) => {
    const token = form.elements.csrfmiddlewaretoken.value;
    const most = Number(form.dataset.most);
    const fitting = files.filter((file) => wanted(file, form.dataset.taken.split(" ")));
    if (!fitting.length) throw new Error("No file of this folder is text or an image.");
    const big = fitting.find((file) => file.size > most);
    if (big) throw new Error(`${big.name} has ${mega(big.size)} MB; ${mega(most)} MB are taken at once.`);
    const start = new FormData(form);
    start.delete("files");
    start.set("folder", fitting[0].webkitRelativePath.split("/")[0]);
    const job = answered(await surely(form.action, () => start));
    let done = 0;
    for (const portion of portions(fitting)) {
      said(form, `Sending ${done} of ${fitting.length} files …`, done / fitting.length);
      const body = () => {
        const made = new FormData();
        made.set("csrfmiddlewaretoken", token);
        made.set("paths", JSON.stringify(portion.map((file) => file.webkitRelativePath)));
        for (const file of portion) made.append("files", file);
        return made;
      };
      answered(await surely(job.files, body));
      done += portion.length;
    }
    const end = new FormData();
    end.set("csrfmiddlewaretoken", token);
    location.assign(answered(await surely(job.arrived, () => end)).page);
  };

  const sendFiles = async (form, files) => {
    const most = Number(form.dataset.most);
    const size = files.reduce((sum, file) => sum + file.size, 0);
    if (size > most) throw new Error(`This has ${mega(size)} MB; ${mega(most)} MB are taken at once. Pack only what is text or image.`);
    const request = await send(form.action, new FormData(form), (loaded, total) => {
      said(form, `Sending ${mega(loaded)} of ${mega(total)} MB …`, loaded / total);
    });
    if (request.status < 400) location.assign(request.responseURL);
    else answered(request);
  };

  const folderOf = (form) => form.querySelector("[data-folder] input");

  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!form.matches("form[data-upload]")) return;
    const folder = [...folderOf(form).files];
    const files = [...form.elements.files.files];
    if (!folder.length && !files.length) return; // the server has the sentence
    event.preventDefault();
    const button = form.querySelector("button[type=submit]");
    button.disabled = true;
    form.querySelector(".failed")?.remove();
    try {
      await (folder.length ? sendFolder(form, folder) : sendFiles(form, files));
    } catch (error) {
      failed(form, `${error.message} Nothing is lost: send it again.`);
    } finally {
      button.disabled = false;
    }
  });

  for (const form of document.querySelectorAll("form[data-upload]")) {
    form.querySelector("[data-folder]").hidden = false;
    // One or the other: whoever chooses a folder does not mean the files any more.
    folderOf(form).addEventListener("change", () => { if (folderOf(form).files.length) form.elements.files.value = ""; });
    form.elements.files.addEventListener("change", () => { if (form.elements.files.files.length) folderOf(form).value = ""; });
  }
}
