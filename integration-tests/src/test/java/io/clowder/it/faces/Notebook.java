/* SPDX-License-Identifier: Apache-2.0 */
package io.clowder.it.faces;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;

/** A bean that lives as long as one view of a Faces page, or as long as the session, as faces-config.xml says. */
public class Notebook implements Serializable {
    private static final long serialVersionUID = 1;

    private final List<String> notes = new ArrayList<>();
    private String note = "";

    public String getNote() {
        return note;
    }

    public void setNote(String note) {
        this.note = note;
    }

    /** The action of the button: null stays on the view. */
    public String add() {
        notes.add(note);
        return null;
    }

    public int getSize() {
        return notes.size();
    }

    public String getLast() {
        return notes.isEmpty() ? "" : notes.get(notes.size() - 1);
    }
}
